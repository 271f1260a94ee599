#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cmath>

#include "cli/commands.hpp"
#include "cli/loaded.hpp"
#include "cli/progress_line.hpp"
#include "cli/report_format.hpp"
#include "compare/ladder_report.hpp"
#include "decode/length_law.hpp"
#include "parallel/rank_order.hpp"
#include "simulation/forked.hpp"

namespace ringtail {
namespace {

/// None if a word was wrong, which was printed.
std::optional<closed_form::Switches> switches_of(const CommandLine& line) {
  closed_form::Switches switches;
  for (const std::string& word : line.closed_form) {
    const std::string mistake = closed_form::set_switch(word, switches);
    if (mistake.empty()) continue;
    fmt::print(stderr, "--closed-form: error: {}\nhelp: docs/closed-form.md says what each value means\n", mistake);
    return std::nullopt;
  }
  return switches;
}

/// Why the closed form does not describe the deployment, and what to do; empty if it does.
std::string refusal(const Deployment& deployment, bool ladder) {
  if (deployment.model.encoder)
    return fmt::format("{} has an encoder, and the closed form describes decoder-only models\n", deployment.model.name);
  if (deployment.parallelism.pipeline.stages > 1)
    return fmt::format("parallelism.pp = {}: the closed form knows no pipeline\nhelp: give a layout without pp\n",
                       deployment.parallelism.pipeline.stages);
  if (!is_in_order(deployment.parallelism))
    return "parallelism.order: in the closed form rank r is on GPU r\n"
           "help: leave order out, or give tp, kvp, cp, dp in this order\n";
  if (deployment.decode.draft() > 0)
    return fmt::format(
        "decode.mtp.draft = {}: in the closed form each sequence decodes one token per step\n"
        "help: add --set decode.mtp.draft=0\n",
        deployment.decode.draft());
  if (ladder && deployment.effects != Effects{})
    return "the ladder switches effects itself, and ends in all of them\nhelp: leave effects out\n";
  if (ladder && !deployment.run.is_fixed())
    return fmt::format("the ladder simulates the same replications on all rungs\nhelp: {}\n", fixed_run_help);
  return {};
}

/// None if mistakes were printed.
std::optional<Loaded> load_decoder(const std::filesystem::path& file, const CommandLine& line) {
  auto loaded = load(file, line.overrides);
  if (!loaded) return std::nullopt;
  const Decode& decode = loaded->deployment.decode;
  if (const std::string why = refusal(loaded->deployment, line.ladder); !why.empty()) {
    fmt::print(stderr, "{}: error: {}", file.string(), why);
    return std::nullopt;
  }
  if (!decode.is_even())
    spdlog::warn(
        "{}: the closed form has {} tokens of context for all sequences, their mean, and the same number in each "
        "attention group; ranks that read more than the mean and lengths cut by a window are the simulation's alone",
        file.string(), mean_context(decode.context));
  return loaded;
}

Comparison compared(const Loaded& loaded, const closed_form::Switches& switches, const CommandLine& line,
                    const std::string& what) {
  ProgressLine progress(line.verbosity != Verbosity::quiet, what);
  const Result result =
      simulate(loaded.deployment, loaded.plan, {jobs_of(line), [&](const StepProgress& p) { progress.show(p); }});
  for (const std::string& warning : result.warnings) spdlog::warn("{}{}", what, warning);
  return compare(result, switches);
}

ExitCode code_of(const Comparison& comparison) {
  return comparison.result.feasible() ? ExitCode::ok : ExitCode::infeasible;
}

/// Logarithms of each replication's tokens/s.
LogRates log_rates(const Result& result) {
  LogRates rates;
  for (const Replication& each : result.measurement->replications)
    rates.push_back(std::log(each.pace * result.capacity.batch_total / each.step));
  return rates;
}

Ladder climbed(const Loaded& loaded, const CommandLine& line, const std::string& what) {
  if (!loaded.plan.infeasible_reason.empty()) return {loaded.deployment, 0, loaded.plan.infeasible_reason, {}};
  const int runs = runs_of_ladder(loaded.deployment);
  int run = 0;
  return climb(loaded.deployment, loaded.plan.capacity.batch_total, [&](const Effects& effects) {
    ProgressLine progress(line.verbosity != Verbosity::quiet, fmt::format("{}run {} of {}: ", what, ++run, runs));
    Deployment deployment = loaded.deployment;
    deployment.effects = effects;
    return log_rates(
        simulate(deployment, loaded.plan, {jobs_of(line), [&](const StepProgress& p) { progress.show(p); }}));
  });
}

ExitCode code_of(const Ladder& ladder) { return ladder.rungs.empty() ? ExitCode::infeasible : ExitCode::ok; }

ExitCode write_ladder(const Loaded& a, const std::optional<Loaded>& b, const CommandLine& line) {
  const ReportFormat format = report_format(line.format);
  if (!b) {
    const Ladder ladder = climbed(a, line, "");
    return write_result(report(ladder, format), code_of(ladder));
  }
  const LadderPair ladders = pair(climbed(a, line, "A: "), climbed(*b, line, "B: "));
  const ExitCode of_a = code_of(ladders.a);
  return write_result(report(ladders, format), of_a == ExitCode::ok ? code_of(ladders.b) : of_a);
}

}  // namespace

ExitCode run_compare(const CommandLine& line) {
  const auto switches = switches_of(line);
  if (!switches) return ExitCode::bad_input;
  const bool is_pair = !line.other_file.empty();
  const auto a = load_decoder(line.file, line);
  const auto b = is_pair ? load_decoder(line.other_file, line) : std::nullopt;
  if (!a || (is_pair && !b)) return ExitCode::bad_input;
  const ReportFormat format = report_format(line.format);
  try {
    if (line.ladder) return write_ladder(*a, b, line);
    if (!is_pair) {
      const Comparison comparison = compared(*a, *switches, line, "");
      return write_result(report(comparison, format), code_of(comparison));
    }
    const PairedComparison paired = pair(compared(*a, *switches, line, "A: "), compared(*b, *switches, line, "B: "));
    const ExitCode of_a = code_of(paired.a);
    return write_result(report(paired, format), of_a == ExitCode::ok ? code_of(paired.b) : of_a);
  } catch (const TaskFailed& error) {
    spdlog::error("{}", error.what());
    return error.code();
  }
}

}  // namespace ringtail
