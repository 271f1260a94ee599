#include "cli/commands.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "advice/advice.hpp"
#include "base/count_text.hpp"
#include "cli/loaded.hpp"
#include "cli/pending_file.hpp"
#include "cli/progress_line.hpp"
#include "cli/trace_options.hpp"
#include "cli/write_file.hpp"
#include "config/catalog.hpp"
#include "decode/length_law.hpp"
#include "decode/overlap_policy.hpp"
#include "results/json.hpp"
#include "results/text.hpp"
#include "results/timeline_text.hpp"
#include "simulation/forked.hpp"
#include "simulation/ledger_text.hpp"
#include "simulation/run_estimate.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

std::string duration_text(Seconds seconds) {
  if (seconds < 10) return fmt::format("{:.1g} s", std::max(seconds, 0.1));
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  return seconds < 7200 ? fmt::format("{:.0f} min", seconds / 60) : fmt::format("{:.0f} h", seconds / 3600);
}

/// What `simulate` would take on this machine.
std::string estimate_text(const Deployment& deployment, int batch_total, int jobs) {
  if (deployment.network.solver != NetworkSolver::fluid) return "no estimate of the run with network.solver: simgrid\n";
  const RunEstimate estimate = estimate_run(deployment, batch_total, jobs);
  const Run& run = deployment.run;
  const int processes = std::min(jobs, run.replications);
  std::string more;
  if (!run.warmup) more += "these are the pilot that finds the warm-up, and the measured steps; warm-up comes on top\n";
  if (run.precision)
    more += fmt::format("these are {}; until run.precision is reached there may be up to {}\n",
                        count_text(run.replications, "replication"), run.max_replications);
  return fmt::format(
      "a step has {:.0f} kernels and {:.0f} transfers\n"
      "simulating {} takes about {} and {} of memory ({} at a time), within a factor of 3\n{}",
      estimate.step.kernels, estimate.step.transfers, count_text(estimate.steps, "step"), duration_text(estimate.wall),
      bytes_text(estimate.peak_memory * processes),
      processes == 1 ? std::string("one process") : fmt::format("{} processes", processes), more);
}

/// What decides about memory where sequences are drawn: the replication that leaves least.
std::string drawn_text(const Deployment& deployment, const DrawnLoad& drawn) {
  return fmt::format(
      "context {}; assignment {}\n"
      "memory is that of the fullest of {} as drawn: an attention group has {} to {} sequences of up to "
      "{} "
      "tokens, and the fullest {:.3f} x the mean KV cache\n",
      context_text(deployment.decode.context), name_of(deployment.decode.assignment),
      count_text(DrawnBatches(deployment).replications(), "replication"), drawn.fewest_sequences,
      drawn.fullest.sequences, drawn.longest, drawn.max_over_mean);
}

/// Whether there can be advice; if not, why is printed.
bool can_advise(const CommandLine& line, const Deployment& deployment) {
  if (deployment.run.replications < 2)
    spdlog::error("--advise needs two replications or more, to tell gains from chance: add --replications 5");
  else if (!deployment.run.is_fixed())
    spdlog::error("--advise simulates changes exactly like the deployment itself: {}", fixed_run_help);
  else if (!std::filesystem::is_regular_file(line.file))
    spdlog::error("--advise reads {} again for each change, so it must be a regular file", line.file.string());
  else
    return true;
  return false;
}

/// The result as text for stdout.
std::string shown(const CommandLine& line, const Result& result, const std::optional<Advice>& advice) {
  const TextStyle style = style_of_stdout();
  std::string text = to_text(result, style);
  if (line.timeline && result.measurement)
    text += laid_out(timeline_text(result.measurement->replications.front().detail.value(), style), style);
  if (advice) text += laid_out(to_text(*advice, result), style);
  return text;
}

ExitCode refuse_file(const std::filesystem::path& file, const std::string& error) {
  fmt::print(stderr, "{}: error: {}\n", file.string(), error);
  return ExitCode::bad_input;
}

}  // namespace

std::optional<std::string> read_file(const std::filesystem::path& file) {
  std::error_code ignored;
  const auto status = std::filesystem::status(file, ignored);
  if (!is_regular_file(status) && !is_fifo(status)) return std::nullopt;  // a pipe ends; a device may not
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return stream.bad() ? std::nullopt : std::optional(std::move(text));
}

ExitCode write_result(const std::string& text, ExitCode code) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return code;
  spdlog::error("cannot write the result to stdout");
  return ExitCode::failure;
}

void set_up_logging(Verbosity verbosity) {
  spdlog::set_default_logger(spdlog::stderr_color_st("ringtail"));
  spdlog::set_pattern("ringtail: %^%l%$: %v");
  spdlog::set_level(verbosity == Verbosity::quiet     ? spdlog::level::err
                    : verbosity == Verbosity::verbose ? spdlog::level::debug
                                                      : spdlog::level::warn);
}

ExitCode run_simulate(const CommandLine& line) {
  const auto loaded = load(line.file, line.overrides);
  if (!loaded) return ExitCode::bad_input;
  const Deployment& deployment = loaded->deployment;
  const BatchPlan& plan = loaded->plan;
  if (line.advise && !can_advise(line, deployment)) return ExitCode::bad_input;
  if (!can_record(line, deployment)) return ExitCode::bad_input;
  if (is_same_file(line.trace.file, line.file)) return refuse_file(line.trace.file, "is the deployment itself");
  spdlog::debug("{}: {} sequences on {} GPUs", deployment.name, plan.capacity.batch_total, deployment.gpus);
  try {
    std::optional<PendingFile> trace;
    if (!line.trace.file.empty() && plan.infeasible_reason.empty()) trace.emplace(line.trace.file, true);
    if (trace && !trace->error().empty()) return refuse_file(line.trace.file, trace->error());
    Result result;
    {
      ProgressLine progress(line.verbosity != Verbosity::quiet);
      const Recording recording{trace ? trace->descriptor() : -1, line.trace.selection, line.detail || line.timeline};
      result = simulate(deployment, plan, {jobs_of(line), [&](const StepProgress& p) { progress.show(p); }, recording});
    }
    if (trace) trace->put();
    if (trace && !trace->error().empty()) return refuse_file(line.trace.file, trace->error());
    for (const std::string& warning : result.warnings) spdlog::warn(warning);
    if (result.measurement)
      spdlog::debug("{} steps, {} transfers, {} kernels in {:.2f} s", result.measurement->steps,
                    result.measurement->transfers, result.measurement->kernels, result.measurement->cost.wall);
    std::optional<Advice> advice;
    if (line.advise) {
      ProgressLine progress(line.verbosity != Verbosity::quiet, "advice: ");
      advice = advise({line.file, line.overrides, data_directory()}, result,
                      {jobs_of(line), [&](const StepProgress& p) { progress.show(p); }});
    }
    return write_result(line.format == OutputFormat::json ? to_json(result, advice) : shown(line, result, advice),
                        result.feasible() ? ExitCode::ok : ExitCode::infeasible);
  } catch (const TaskFailed& error) {
    spdlog::error("{}", error.what());
    return error.code();
  }
}

ExitCode run_check(const CommandLine& line) {
  const auto loaded = load(line.file, line.overrides);
  if (!loaded) return ExitCode::bad_input;
  const Deployment& deployment = loaded->deployment;
  const BatchPlan& plan = loaded->plan;
  if (!plan.infeasible_reason.empty())
    return write_result(fmt::format("{}: infeasible: {}\n", line.file.string(), plan.infeasible_reason),
                        ExitCode::infeasible);
  const Capacity& capacity = plan.capacity;
  std::string estimate;
  try {
    estimate = estimate_text(deployment, capacity.batch_total, jobs_of(line));
  } catch (const UnreachablePopularity& error) {
    const bool has_topics = deployment.routing.correlation.has_value();
    fmt::print(stderr, "{}",
               loaded->sources.diagnostic_at(has_topics ? "routing.correlation" : "routing.popularity", error.what(),
                                             has_topics ? "lower topics.strength, or make routing.popularity more even"
                                                        : "make it more even, or raise model.moe.groups_per_token"));
    return ExitCode::bad_input;
  }
  std::string text = fmt::format("{}: ok, {} ({:.4g} per GPU), {:.1f} % of memory used\n{}", line.file.string(),
                                 count_text(capacity.batch_total, "sequence"), capacity.batch_per_gpu,
                                 100 * capacity.ledger.used() / capacity.ledger.capacity, estimate);
  if (capacity.drawn) text += drawn_text(deployment, *capacity.drawn);
  if (deployment.decode.overlap.kind != Overlap::Kind::none)
    text += fmt::format("overlap {}\n", overlap_text(deployment.decode.overlap));
  if (deployment.model.dense_match) text += dense_match_text(deployment.model) + "\n";
  return write_result(text, ExitCode::ok);
}

}  // namespace ringtail
