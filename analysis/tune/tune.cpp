#include "tune/tune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "results/pairing.hpp"
#include "simulation/replication.hpp"
#include "simulation/simulate.hpp"
#include "tune/search.hpp"

namespace ringtail {
namespace {

constexpr std::size_t most_finalists = 3;
/// Finalists are within this of the best brief simulation. A guess: what a single short step misses is not known.
constexpr double near_enough = 0.97;

/// What a finalist is compared by, by replication.
std::vector<double> values_of(const Result& result, Goal goal) {
  std::vector<double> values;
  for (const Replication& replication : result.measurement->replications) {
    const Measurement one = measure({replication}, result.capacity.batch_total, result.deployment.gpus,
                                    result.deployment.decode.accepted_tokens());
    values.push_back(goal == Goal::throughput ? one.throughput.tokens_per_s : one.step.tpot);
  }
  return values;
}

Result simulate_long(const Deployment& deployment, const TuneOptions& options, const std::string& what) {
  Deployment longer = deployment;
  longer.run.replications = std::max(longer.run.replications, 3);
  return simulate(longer, plan_batch(longer),
                  {options.jobs, [&](const StepProgress& progress) { options.on_progress(what, progress); }});
}

/// The points that may be best, at most one of each design: its best one.
std::vector<TunedPoint> nearly_best(const std::vector<TunedPoint>& simulated, const TuneOptions& options) {
  std::vector<TunedPoint> sorted;
  for (const TunedPoint& point : simulated)
    if (score(point, options) > 0) sorted.push_back(point);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const TunedPoint& a, const TunedPoint& b) { return score(a, options) > score(b, options); });
  std::vector<TunedPoint> best;
  std::set<std::string> seen;
  for (const TunedPoint& point : sorted) {
    if (best.size() == most_finalists || score(point, options) < near_enough * score(sorted.front(), options)) break;
    if (seen.insert(text_of(point.design)).second) best.push_back(point);
  }
  return best;
}

bool is_within(const Result& result, const TuneOptions& options) {
  return !options.tpot_limit || result.measurement->step.tpot <= *options.tpot_limit;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Simulates the best points at length and sorts them; the winner is the best mean.
std::vector<Finalist> finals(const Tuning& tuning) {
  const TuneOptions& options = tuning.options;
  std::vector<Finalist> finalists;
  for (const TunedPoint& point : nearly_best(tuning.simulated, options)) {
    Result result = simulate_long(deployment_of(tuning.base, point.design, point.batch), options,
                                  fmt::format("final {}: ", finalists.size() + 1));
    if (is_within(result, options)) finalists.push_back({point, std::move(result), std::nullopt, false});
  }
  const auto mean = [&](const Finalist& finalist) {
    const double value = mean_of(values_of(finalist.result, options.goal));
    return options.goal == Goal::throughput ? value : -value;
  };
  std::stable_sort(finalists.begin(), finalists.end(),
                   [&](const Finalist& a, const Finalist& b) { return mean(a) > mean(b); });
  for (std::size_t i = 1; i < finalists.size(); ++i) {
    finalists[i].difference = difference_interval(values_of(finalists[0].result, options.goal),
                                                  values_of(finalists[i].result, options.goal), Pairing::paired);
    const auto& difference = finalists[i].difference;
    finalists[i].ties = difference && difference->low <= 0 && difference->high >= 0;
  }
  return finalists;
}

/// What no other point beats in tokens per second and in time per token.
std::vector<TunedPoint> front_of(std::vector<TunedPoint> points) {
  std::stable_sort(points.begin(), points.end(), [](const TunedPoint& a, const TunedPoint& b) {
    return a.tokens_per_s != b.tokens_per_s ? a.tokens_per_s > b.tokens_per_s : a.tpot < b.tpot;
  });
  std::vector<TunedPoint> front;
  for (const TunedPoint& point : points)
    if (front.empty() || point.tpot < front.back().tpot) front.push_back(point);
  return front;
}

}  // namespace

Tuning tune(const Deployment& base, const TuneOptions& options) {
  Tuning tuning{base, options, design_space(base), 0, {}, {}, {}, 0, std::nullopt};
  Search search(base, tuning.space.designs, options);
  tuning.points = search.points();
  search.find_best();
  search.narrow_batches();
  search.find_front();
  tuning.simulated = search.take_simulated();
  tuning.left_out = search.left_out();
  tuning.front = front_of(tuning.simulated);
  tuning.finalists = finals(tuning);
  const BatchPlan plan = plan_batch(base);
  if (!plan.error && plan.infeasible_reason.empty()) tuning.given = simulate_long(base, options, "as given: ");
  return tuning;
}

}  // namespace ringtail
