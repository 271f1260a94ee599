#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cli/commands.hpp"
#include "cli/loaded.hpp"
#include "cli/progress_line.hpp"
#include "config/catalog.hpp"
#include "config/load.hpp"
#include "config/text.hpp"
#include "config/unit.hpp"
#include "parallel/rank_order.hpp"
#include "simulation/forked.hpp"
#include "tune/tune_report.hpp"

namespace ringtail {
namespace {

/// Why the deployment cannot be tuned, at its place; empty if it can.
std::string refusal(const LoadResult& loaded) {
  const Deployment& deployment = *loaded.deployment;
  if (deployment.model.encoder)
    return loaded.sources.diagnostic_at(
        "model", deployment.model.name + " has an encoder, and the closed form that the search is led by has none",
        "give a decoder-only model");
  if (!is_in_order(deployment.parallelism))
    return loaded.sources.diagnostic_at("parallelism.order", "layouts are searched with ranks in order",
                                        "leave parallelism.order out");
  return {};
}

/// 0 without a limit; nothing if a mistake was printed.
std::optional<Seconds> limit_of(const TuneChoice& choice) {
  if (choice.tpot_limit.empty()) return 0.0;
  const auto time = parse_quantity(choice.tpot_limit, unit::time());
  if (const auto* const seconds = std::get_if<double>(&time); seconds && *seconds > 0) return *seconds;
  const auto* const mistake = std::get_if<Mistake>(&time);
  fmt::print(stderr, "--tpot-limit: error: {} {}\nhelp: write it like 50ms\n", in_quotes(choice.tpot_limit),
             mistake ? mistake->message : "must be above 0");
  return std::nullopt;
}

}  // namespace

ExitCode run_tune(const CommandLine& line) {
  const LoadResult loaded = load_deployment(line.file, line.overrides, data_directory());
  const std::string errors = loaded.deployment ? refusal(loaded) : loaded.errors;
  const auto limit = limit_of(line.tune);
  if (!errors.empty()) fmt::print(stderr, "{}", errors);
  if (!errors.empty() || !limit) return ExitCode::bad_input;
  ProgressLines progress(line.verbosity != Verbosity::quiet);
  TuneOptions options{.goal = line.tune.goal == "tpot" ? Goal::tpot : Goal::throughput,
                      .tpot_limit = *limit > 0 ? std::optional(*limit) : std::nullopt,
                      .margin = line.tune.margin,
                      .most_simulations = line.tune.simulations,
                      .jobs = jobs_of(line)};
  options.on_progress = [&](const std::string& what, const StepProgress& steps) { progress.show(what, steps); };
  try {
    const Tuning tuning = tune(*loaded.deployment, options);
    progress.end();
    const ExitCode code = tuning.finalists.empty() ? ExitCode::infeasible : ExitCode::ok;
    switch (line.format) {
      case OutputFormat::json: return write_result(tune_json(tuning), code);
      case OutputFormat::csv: return write_result(tune_csv(tuning), code);
      default: return write_result(tune_text(tuning, line.file), code);
    }
  } catch (const TaskFailed& error) {
    spdlog::error("{}", error.what());
    return error.code();
  }
}

}  // namespace ringtail
