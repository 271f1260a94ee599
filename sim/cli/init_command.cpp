#include <fmt/format.h>

#include <algorithm>

#include "base/count_text.hpp"
#include "cli/commands.hpp"
#include "cli/named_parts.hpp"
#include "cli/write_file.hpp"
#include "config/catalog.hpp"
#include "config/commented_deployment.hpp"
#include "decode/length_law.hpp"
#include "simulation/layout_choice.hpp"
#include "simulation/ledger_text.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

std::string layout_text(const Parallelism& parallelism) {
  const auto& [attention, ffn, pipeline, order] = parallelism;
  return fmt::format("attention dp {} x kvp {} x tp {}, FFN dp {} x ep {} x tp {}", attention.dp, attention.kvp,
                     attention.tp, ffn.dp, ffn.ep, ffn.tp);
}

/// Why these attention groups: what each size that was tried leaves room for.
std::string reason(const LayoutChoice& choice) {
  std::string text;
  for (const TriedLayout& layout : choice.tried) {
    const auto& attention = layout.parallelism.attention;
    text += fmt::format("  kvp {} x tp {}: {}\n", attention.kvp, attention.tp,
                        layout.batch > 0 ? count_text(layout.batch, "sequence") : std::string("does not fit"));
  }
  return text;
}

std::string chosen_text(const LayoutChoice& choice, const BatchPlan& plan) {
  const Deployment& d = choice.deployment;
  const Capacity& capacity = plan.capacity;
  return fmt::format(
      "layout: {}\n"
      "because its attention groups are the smallest with at least half of the largest batch:\n{}"
      "batch: {} ({:.4g} per GPU) of {} tokens, {:.1f} % of memory used\n",
      layout_text(d.parallelism), reason(choice), count_text(capacity.batch_total, "sequence"), capacity.batch_per_gpu,
      context_text(d.decode.context), 100 * capacity.ledger.used() / capacity.ledger.capacity);
}

std::string enough_gpus(const Deployment& wanted, int gpus) {
  const int enough = gpus_that_fit(wanted, gpus);
  return enough > 0 ? fmt::format("help: --gpus {} would do\n", enough) : "help: no number of GPUs would do\n";
}

ExitCode refuse(const std::string& message, ExitCode code) {
  fmt::print(stderr, "{}", message);
  return code;
}

/// A model or platform as the file that is written names it: a path as seen from that file's folder.
std::string in_file(const std::string& name, const CommandLine& line) {
  if (!is_path(name) || line.file.empty()) return name;
  return std::filesystem::proximate(name, std::filesystem::absolute(line.file).parent_path()).string();
}

std::string file_text(const LayoutChoice& choice, const CommandLine& line) {
  Deployment deployment = choice.deployment;
  deployment.name = fmt::format("{} on {} {}, {} tokens of context", deployment.model.name, deployment.gpus,
                                deployment.platform.name, line.context);
  const auto schema = data_directory() / "docs" / "schema" / "deployment.json";
  return fmt::format(
      "# yaml-language-server: $schema={}\n"
      "# Written by `ringtail init`: the smallest layout that leaves room for a large batch.\n{}",
      schema.string(), commented_deployment(deployment, in_file(line.model, line), in_file(line.platform, line)));
}

}  // namespace

ExitCode run_init(const CommandLine& line) {
  const LoadResult parts = load_named_parts(line);
  if (!parts.deployment) return refuse(parts.errors, ExitCode::bad_input);
  const LayoutChoice choice = choose_layout(*parts.deployment, line.gpus);
  if (!choice.errors.empty())
    return refuse(choice.errors + enough_gpus(*parts.deployment, line.gpus), ExitCode::bad_input);
  const BatchPlan plan = plan_batch(choice.deployment);
  if (choice.chosen.batch == 0)
    return refuse(fmt::format("{} does not fit on {} of {}: {}\nof all layouts nearest, {}:\n{}{}", line.model,
                              count_text(line.gpus, "GPU"), line.platform, plan.infeasible_reason,
                              layout_text(choice.deployment.parallelism), ledger_text(plan.capacity.ledger),
                              enough_gpus(*parts.deployment, line.gpus)),
                  ExitCode::infeasible);
  if (plan.error)
    return refuse(fmt::format("error: {}\nhelp: give a longer --context\n", plan.error->message), ExitCode::bad_input);
  if (line.verbosity != Verbosity::quiet) fmt::print(stderr, "{}", chosen_text(choice, plan));
  const std::string text = file_text(choice, line);
  if (line.file.empty()) return write_result(text, ExitCode::ok);
  const std::string failure = write_file(line.file, text, line.force);
  if (failure.empty()) return ExitCode::ok;
  return refuse(fmt::format("{}: error: {}\n", line.file.string(), failure), ExitCode::bad_input);
}

}  // namespace ringtail
