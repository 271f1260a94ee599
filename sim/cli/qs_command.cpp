#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "base/count_text.hpp"
#include "cli/commands.hpp"
#include "cli/loaded.hpp"
#include "cli/named_parts.hpp"
#include "cli/progress_line.hpp"
#include "cli/report_format.hpp"
#include "config/catalog.hpp"
#include "config/text.hpp"
#include "config/unit.hpp"
#include "decode/length_law.hpp"
#include "parallel/rank_order.hpp"
#include "qs/qs_report.hpp"
#include "simulation/forked.hpp"
#include "simulation/layout_choice.hpp"

namespace ringtail {
namespace {

/// A deployment, or that there is none and mistakes were printed.
using Given = std::optional<Deployment>;

Given refuse(const std::string& errors) {
  fmt::print(stderr, "{}", errors);
  return std::nullopt;
}

/// A study has many simulations, so each is short unless the user wants it longer.
CommandLine with_short_runs(CommandLine line) {
  const auto shorter = {"run.steps=2", "run.warmup=1", "run.replications=2"};
  line.overrides.insert(line.overrides.begin(), shorter.begin(), shorter.end());
  return line;
}

/// Why the model cannot be studied, at its place; empty if it can.
std::string model_error(const LoadResult& loaded) {
  const Model& model = loaded.deployment->model;
  if (model.encoder)
    return loaded.sources.diagnostic_at(
        "model", model.name + " has an encoder, and the closed form describes decoder-only models",
        "give a decoder-only mixture of experts (ringtail list models --verbose)");
  if (const int pp = loaded.deployment->parallelism.pipeline.stages; pp > 1)
    return loaded.sources.diagnostic_at("parallelism.pp",
                                        fmt::format("parallelism.pp = {}: the closed form knows no pipeline", pp),
                                        "give a layout without pp");
  if (!is_in_order(loaded.deployment->parallelism))
    return loaded.sources.diagnostic_at("parallelism.order", "parallelism.order: in the closed form rank r is on GPU r",
                                        "leave it out, or give tp, kvp, cp, dp in this order");
  if (!model.moe)
    return loaded.sources.diagnostic_at(
        "model", model.name + " has no experts; a mixture of experts is set against its dense counterpart",
        model.dense_match ? "give the deployment of " + model.dense_match->of + " and --q"
                          : "give a mixture of experts (ringtail list models --verbose)");
  if (!loaded.deployment->decode.is_even())
    return loaded.sources.diagnostic_at(
        loaded.deployment->decode.context.is_fixed() ? "decode.assignment" : "decode.context",
        "the study looks for the context at which two models are equal, and so needs one context for all sequences",
        fmt::format("add --set decode.context={} --set decode.assignment=round-robin",
                    mean_context(loaded.deployment->decode.context)));
  return {};
}

Given load_file(const CommandLine& line) {
  LoadResult loaded = load_deployment(line.file, line.overrides, data_directory());
  if (!loaded.deployment) return refuse(loaded.errors);
  if (const std::string error = model_error(loaded); !error.empty()) return refuse(error);
  const BatchPlan plan = plan_batch(*loaded.deployment);
  if (plan.error) return refuse(loaded.sources.diagnostic_at("decode.batch", plan.error->message, plan.error->help));
  return std::move(loaded.deployment);
}

Given load_model_on_platform(const CommandLine& line) {
  if (line.platform.empty() || line.gpus == 0)
    return refuse("--model: error: needs --platform and --gpus too\nhelp: for example --platform h100-sxm --gpus 64\n");
  const LoadResult parts = load_named_parts(line);
  if (!parts.deployment) return refuse(parts.errors);
  if (const std::string error = model_error(parts); !error.empty()) return refuse(error);
  LayoutChoice choice = choose_layout(*parts.deployment, line.gpus);
  if (!choice.errors.empty()) return refuse(choice.errors);
  choice.deployment.name = fmt::format("{} on {}", parts.deployment->model.name, count_text(line.gpus, "GPU"));
  choice.deployment.decode.batch = parts.deployment->decode.batch;
  return std::move(choice.deployment);
}

Given load_moe(const CommandLine& line) {
  if (line.file.empty() == line.model.empty())
    return refuse(
        fmt::format("ringtail qs: error: {}\nhelp: ringtail qs FILE.yaml, or ringtail qs --model deepseek-v3 "
                    "--platform paper-reference --gpus 64 --context 128k\n",
                    line.file.empty() ? "no deployment is given" : "FILE and --model are two deployments"));
  if (!line.file.empty() && (!line.platform.empty() || line.gpus > 0))
    return refuse(
        "ringtail qs: error: --platform and --gpus go with --model\nhelp: of a FILE they are changed by "
        "--set platform=NAME and --set gpus=N\n");
  return line.file.empty() ? load_model_on_platform(line) : load_file(line);
}

/// Tokens in rising order; nothing if a mistake was printed.
std::optional<std::vector<int>> contexts_of(const CommandLine& line, const Deployment& moe) {
  std::vector<int> contexts;
  constexpr double longest = 1 << 30;  // as of decode.context
  for (const std::string& word : line.contexts) {
    const auto tokens = parse_quantity(word, unit::tokens());
    const auto* const value = std::get_if<double>(&tokens);
    if (!value || *value < 1 || *value > longest || *value != std::floor(*value)) {
      const auto* const mistake = std::get_if<Mistake>(&tokens);
      fmt::print(stderr, "--contexts: error: {} {}\nhelp: {}\n", in_quotes(word),
                 mistake ? mistake->message : "must be a whole number between 1 and 1024M",
                 "write them like 1k,128k,1M");
      return std::nullopt;
    }
    contexts.push_back(static_cast<int>(*value));
  }
  if (contexts.empty()) contexts = {1024, 8 * 1024, 32 * 1024, 128 * 1024, 1024 * 1024, moe.decode.context.fixed};
  std::sort(contexts.begin(), contexts.end());
  contexts.erase(std::unique(contexts.begin(), contexts.end()), contexts.end());
  return contexts;
}

/// A quarter to twice the deployment's GPUs, in full islands.
std::vector<int> sizes_of(const CommandLine& line, const Deployment& moe) {
  std::vector<int> sizes = line.sizes;
  if (sizes.empty()) {
    const int island = moe.platform.island.size;
    for (const int size : {moe.gpus / 4, moe.gpus / 2, moe.gpus, 2 * moe.gpus})
      if (size == moe.gpus || (size > 0 && (size < island || size % island == 0))) sizes.push_back(size);
  }
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

QsParts parts_of(const CommandLine& line) {
  const auto has = [&](const char* part) {
    return line.parts.empty() || std::find(line.parts.begin(), line.parts.end(), part) != line.parts.end();
  };
  return {.break_even = has("break-even"), .map = has("map"), .sensitivity = has("sensitivity")};
}

}  // namespace

ExitCode run_qs(const CommandLine& line) {
  const Given moe = load_moe(with_short_runs(line));
  if (!moe) return ExitCode::bad_input;
  const auto contexts = contexts_of(line, *moe);
  if (!contexts) return ExitCode::bad_input;
  ProgressLines progress(line.verbosity != Verbosity::quiet);
  QsOptions options{.q = line.q,
                    .layout = line.layout == "given" && line.model.empty() ? LayoutRule::given : LayoutRule::fastest,
                    .contexts = *contexts,
                    .sizes = sizes_of(line, *moe),
                    .accuracy = line.accuracy,
                    .parts = parts_of(line),
                    .jobs = jobs_of(line)};
  options.on_progress = [&](const std::string& what, const StepProgress& steps) { progress.show(what, steps); };
  try {
    const QsStudy study = study_qs(*moe, options);
    progress.end();
    const bool is_feasible = study.here.moe.obstacle.empty() && study.here.dense.obstacle.empty();
    return write_result(report(study, report_format(line.format)), is_feasible ? ExitCode::ok : ExitCode::infeasible);
  } catch (const TaskFailed& error) {
    spdlog::error("{}", error.what());
    return error.code();
  }
}

}  // namespace ringtail
