#include "simulation/step_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/count_text.hpp"
#include "stats/independence.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

std::vector<double> collect(const std::vector<Replication>& replications, Seconds Replication::*member) {
  std::vector<double> values;
  for (const Replication& r : replications) values.push_back(r.*member);
  return values;
}

/// The mean's interval: over replications, or over batches of a single one.
void add_interval(const std::vector<Replication>& replications, const std::vector<double>& means, StepTime& time) {
  time.ci95 = student_t_interval(means);
  if (means.size() > 1) return;
  time.batches = batch_means(replications.front().step_seconds);
  if (time.batches && !time.batches->correlated) time.ci95 = time.batches->interval;
}

void add_percentiles(const std::vector<Replication>& replications, StepTime& time) {
  std::vector<std::vector<double>> groups;
  std::vector<double> samples;
  for (const Replication& r : replications) {
    groups.push_back(r.step_seconds);
    samples.insert(samples.end(), r.step_seconds.begin(), r.step_seconds.end());
  }
  for (std::size_t i = 0; i < step_percentiles.size(); ++i) {
    time.percentiles[i] = percentile(samples, step_percentiles[i]);
    time.percentile_bounds[i] = quantile_interval(samples, step_percentiles[i]);
  }
  time.samples = samples.size();
  time.samples_alike = are_alike(groups);
}

void warn_of_single_replication(const Measurement& m, std::vector<std::string>& warnings) {
  const StepTime& step = m.step;
  if (!step.batches)
    warnings.emplace_back(
        "one replication of fewer than 100 steps says nothing about its own uncertainty: there is no confidence "
        "interval");
  else if (step.batches->correlated)
    warnings.push_back(
        fmt::format("there is no confidence interval: batches of {} of the one replication are still correlated "
                    "({:.2f}); more steps or replications are needed",
                    count_text(step.batches->batch_size, "step"), step.batches->lag1));
  else
    warnings.push_back(
        fmt::format("the confidence interval comes from the steps of one replication: how much others{} would differ "
                    "from it is not known",
                    m.routing ? ", with other draws of the popularity," : ""));
}

void warn_of_transient(const Measurement& m, std::vector<std::string>& warnings) {
  constexpr double negligible = 1e-3;  // of the mean
  if (m.warmup.pilot_steps > 0 && !m.warmup.over)
    warnings.push_back(
        fmt::format("warm-up was not over in a pilot of {} steps, and may not be after the {} that were dropped: "
                    "set run.steps to several times that, or run.warmup by hand",
                    m.warmup.pilot_steps, m.warmup.steps));
  const auto& rest = m.step.transient;
  if (!rest || !rest->significant || std::abs(rest->shift) < negligible * m.step.mean) return;
  warnings.push_back(
      fmt::format("{} of warm-up look too few: without the first {} measured ones the mean would be {:+.2g} %; "
                  "set run.warmup to {}, or to auto",
                  count_text(static_cast<std::size_t>(m.warmup.steps), "step"), rest->dropped,
                  100 * rest->shift / m.step.mean, static_cast<std::size_t>(m.warmup.steps) + rest->dropped));
}

}  // namespace

std::vector<double> pooled_steps(const std::vector<Replication>& replications) {
  std::vector<double> pooled;
  for (std::size_t i = 0; i < replications.front().step_seconds.size(); ++i) {
    double sum = 0;
    for (const Replication& r : replications) sum += r.step_seconds[i];
    pooled.push_back(sum / static_cast<double>(replications.size()));
  }
  return pooled;
}

StepTime step_time(const std::vector<Replication>& replications, double accepted_tokens) {
  StepTime time;
  const std::vector<double> means = collect(replications, &Replication::step);
  time.mean = mean(means);
  time.traversal = mean(collect(replications, &Replication::traversal));
  time.accepted_tokens = accepted_tokens;
  time.tpot = time.mean / accepted_tokens;
  add_interval(replications, means, time);
  add_percentiles(replications, time);
  time.transient = mser5(pooled_steps(replications));
  return time;
}

std::vector<std::string> warnings_for(const Measurement& m) {
  std::vector<std::string> warnings;
  if (m.replications.size() == 1) warn_of_single_replication(m, warnings);
  warn_of_transient(m, warnings);
  if (m.stopping && !m.stopping->reached)
    warnings.push_back(fmt::format("run.precision = {:.3g} % was not reached with {}: ± {:.2g} %",
                                   100 * m.stopping->precision, count_text(m.replications.size(), "replication"),
                                   100 * m.stopping->half_width));
  return warnings;
}

}  // namespace ringtail
