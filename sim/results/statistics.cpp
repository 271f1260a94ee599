#include "results/statistics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/count_text.hpp"
#include "results/figures.hpp"
#include "results/json_parts.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

Json batches_json(const std::optional<BatchMeans>& batches) {
  if (!batches) return nullptr;
  return {{"batches", batches->batches},
          {"batch_steps", batches->batch_size},
          {"lag1_correlation", batches->lag1},
          {"correlated", batches->correlated},
          {"ci95", interval_json(batches->interval)}};
}

Json percentiles_json(const StepTime& step) {
  Json json = {{"samples", step.samples}, {"samples_alike", step.samples_alike}};
  for (std::size_t i = 0; i < step_percentiles.size(); ++i) {
    const QuantileBounds& bounds = step.percentile_bounds[i];
    json[fmt::format("p{:.0f}", 100 * step_percentiles[i])] = {
        {"ci95", {or_null(bounds.low), or_null(bounds.high)}},
        {"samples_for_upper_bound", values_for_upper_bound(step_percentiles[i])}};
  }
  return json;
}

Json warmup_json(const Measurement& m) {
  Json transient = nullptr;
  if (const auto& rest = m.step.transient)
    transient = {{"steps", rest->dropped}, {"shift_s", rest->shift}, {"significant", rest->significant}};
  return {{"steps", m.warmup.steps},
          {"pilot_steps", m.warmup.pilot_steps > 0 ? Json(m.warmup.pilot_steps) : Json(nullptr)},
          {"over", m.warmup.over},
          {"remaining_transient", transient}};
}

Json stopping_json(const std::optional<Stopping>& stopping) {
  if (!stopping) return nullptr;
  return {{"precision", stopping->precision}, {"half_width", stopping->half_width}, {"reached", stopping->reached}};
}

/// "[1.2 ms, 1.3 ms]"; a bound that is missing is left out.
std::string bounds_text(const QuantileBounds& bounds) {
  if (bounds.low && bounds.high) return fmt::format("[{}, {}]", time_text(*bounds.low), time_text(*bounds.high));
  if (bounds.low) return "at least " + time_text(*bounds.low);
  if (bounds.high) return "at most " + time_text(*bounds.high);
  return "unknown";
}

}  // namespace

Json step_json(const Measurement& m, const Run& run) {
  const StepTime& step = m.step;
  const std::string_view method = !step.ci95 ? "" : m.replications.size() > 1 ? "replications" : "batch_means";
  return {{"seconds",
           {{"mean", step.mean},
            {"p50", step.percentiles[0]},
            {"p90", step.percentiles[1]},
            {"p99", step.percentiles[2]},
            {"ci95", interval_json(step.ci95)}}},
          {"accepted_tokens", step.accepted_tokens},
          {"tpot_s", step.tpot},
          {"traversal_s", step.traversal},
          {"steps", run.steps},
          {"replications", m.replications.size()},
          {"ci95_method", method.empty() ? Json(nullptr) : Json(method)},
          {"batch_means", batches_json(step.batches)},
          {"percentiles", percentiles_json(step)},
          {"warmup", warmup_json(m)},
          {"stopping", stopping_json(m.stopping)}};
}

std::string percentile_bounds_text(const StepTime& step) {
  std::vector<std::string> bounds;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < step_percentiles.size(); ++i) {
    bounds.push_back(bounds_text(step.percentile_bounds[i]));
    if (!step.percentile_bounds[i].high)
      missing.push_back(
          fmt::format("p{:.0f} (takes {})", 100 * step_percentiles[i], values_for_upper_bound(step_percentiles[i])));
  }
  std::string text = fmt::format("  95 % confidence {}\n", fmt::join(bounds, " / "));
  if (!missing.empty())
    text += fmt::format("  not enough       {} for an upper bound of {}\n", count_text(step.samples, "step"),
                        fmt::join(missing, ", "));
  if (step.samples_alike) text += "  too narrow       steps of a replication are alike\n";
  return text;
}

std::string run_text(const Measurement& m, const Run& run) {
  std::string text =
      fmt::format("measured         {} after {} of warm-up{}, {}\n", count_text(run.steps, "step"), m.warmup.steps,
                  m.warmup.pilot_steps > 0 ? fmt::format(" (found in a pilot of {})", m.warmup.pilot_steps) : "",
                  count_text(m.replications.size(), "replication"));
  if (m.stopping)
    text += fmt::format("precision        {} (wished: {:.3g} %), {}\n", half_width_text(m.stopping->half_width),
                        100 * m.stopping->precision,
                        m.stopping->reached ? "reached" : "not reached with run.max_replications");
  return text;
}

}  // namespace ringtail
