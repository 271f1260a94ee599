#include "simulation/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "base/count_text.hpp"
#include "decode/stages.hpp"
#include "parallel/pipeline.hpp"
#include "simulation/calibrated_range.hpp"
#include "simulation/effects.hpp"
#include "simulation/run_replications.hpp"
#include "simulation/step_time.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

template <class Value>
std::vector<double> collect(const std::vector<Replication>& replications, const Value& value) {
  std::vector<double> values;
  for (const Replication& replication : replications) values.push_back(value(replication));
  return values;
}

std::vector<PathPart> mean_path(const std::vector<Replication>& replications) {
  std::map<std::pair<int, std::string>, Seconds> sums;
  for (const Replication& replication : replications)
    for (const PathPart& part : replication.critical_path) sums[{part.layer, part.what}] += part.seconds;
  std::vector<PathPart> parts;
  for (const auto& [key, seconds] : sums)
    parts.push_back({key.second, key.first, seconds / static_cast<double>(replications.size())});
  return parts;
}

std::vector<FamilyOverlap> mean_overlap(const std::vector<Replication>& replications) {
  std::vector<FamilyOverlap> families;
  for (std::size_t family = 0; family < family_names().size(); ++family) {
    const auto average = [&](Seconds OverlapSeconds::*part) {
      return mean(collect(replications, [&](const Replication& r) { return r.overlap[family].*part; }));
    };
    const OverlapSeconds seconds{average(&OverlapSeconds::hidden), average(&OverlapSeconds::exposed),
                                 average(&OverlapSeconds::waiting), average(&OverlapSeconds::overhead),
                                 average(&OverlapSeconds::tail)};
    if (seconds.total() > 0)
      families.push_back({family_names()[family], replications.front().algorithms[family], seconds});
  }
  return families;
}

std::optional<RingTailSeconds> mean_ring_tail(const std::vector<Replication>& replications) {
  if (!replications.front().ring_tail) return std::nullopt;
  RingTailSeconds tail;
  for (std::size_t i = 0; i < state_count; ++i)
    tail.of_layer[i] = mean(collect(replications, [i](const Replication& r) { return r.ring_tail->of_layer[i]; }));
  tail.of_step = mean(collect(replications, [](const Replication& r) { return r.ring_tail->of_step; }));
  return tail;
}

std::optional<RoutingSummary> mean_routing(const std::vector<Replication>& replications) {
  if (!replications.front().routing) return std::nullopt;
  const auto average = [&](double RoutingSummary::*part) {
    return mean(collect(replications, [&](const Replication& r) { return (*r.routing).*part; }));
  };
  RoutingSummary summary;
  for (double RoutingSummary::*const part :
       {&RoutingSummary::rank_max_over_mean, &RoutingSummary::expert_max_over_mean, &RoutingSummary::distinct_experts,
        &RoutingSummary::idle_ranks, &RoutingSummary::gini, &RoutingSummary::dropped})
    summary.*part = average(part);
  return summary;
}

std::optional<KvImbalance> summary_of_kv(const std::vector<Replication>& replications) {
  if (!replications.front().kv) return std::nullopt;
  const auto of = [&](double KvImbalance::*part) {
    return collect(replications, [part](const Replication& r) { return (*r.kv).*part; });
  };
  const auto least = [&](double KvImbalance::*part) { return std::ranges::min(of(part)); };
  const auto most = [&](double KvImbalance::*part) { return std::ranges::max(of(part)); };
  return KvImbalance{.rank_max_over_mean = mean(of(&KvImbalance::rank_max_over_mean)),
                     .attention_max_over_mean = mean(of(&KvImbalance::attention_max_over_mean)),
                     .mean_context = mean(of(&KvImbalance::mean_context)),
                     .shortest_context = least(&KvImbalance::shortest_context),
                     .longest_context = most(&KvImbalance::longest_context),
                     .fewest_sequences = least(&KvImbalance::fewest_sequences),
                     .most_sequences = most(&KvImbalance::most_sequences)};
}

std::optional<RebalancingResult> mean_rebalancing(const std::vector<Replication>& replications) {
  if (!replications.front().rebalancing) return std::nullopt;
  const auto average = [&](double RebalanceSummary::*part) {
    return mean(collect(replications, [&](const Replication& r) { return r.rebalancing->summary.*part; }));
  };
  RebalancingResult result;
  result.summary.events = replications.front().rebalancing->summary.events;
  for (double RebalanceSummary::*const part :
       {&RebalanceSummary::moves, &RebalanceSummary::moved_slots, &RebalanceSummary::most_received,
        &RebalanceSummary::most_sent, &RebalanceSummary::built_max_over_mean, &RebalanceSummary::fresh_max_over_mean,
        &RebalanceSummary::stale_max_over_mean})
    result.summary.*part = average(part);
  if (!replications.front().rebalancing->step) return result;
  const auto events = collect(replications, [](const Replication& r) { return r.rebalancing->step->event; });
  result.without_event =
      mean(collect(replications, [](const Replication& r) { return r.rebalancing->step->without_event; }));
  result.event = mean(events);
  result.event_ci95 = student_t_interval(events);
  return result;
}

std::vector<std::string> warnings_for(const Deployment& deployment, const Capacity& capacity) {
  std::vector<std::string> warnings;
  const double duplicated = duplicated_kv_factor(deployment.model, deployment.parallelism.attention);
  if (duplicated > 1)
    warnings.push_back(fmt::format(
        "each token's KV cache is stored {:g} times, since attention.tp = {} exceeds what its heads can be split into; "
        "attention.kvp would split it instead",
        duplicated, deployment.parallelism.attention.tp));
  const Runtime& runtime = deployment.runtime;
  const int group = largest_share(capacity.largest_group, deployment.parallelism.pipeline.batches());
  if (runtime.launch == Runtime::Launch::captured && runtime.is_eager(group))
    warnings.push_back(
        fmt::format("kernels are launched eagerly: an attention group has {}{}, and graphs are captured up to "
                    "runtime.captured_sequences = {}",
                    count_text(group, "sequence"), deployment.parallelism.pipeline.stages > 1 ? " at a time" : "",
                    *runtime.captured_sequences));
  if (capacity.batch_total > 0 && capacity.batch_total < deployment.parallelism.attention.dp)
    warnings.push_back(fmt::format("{} of {} data-parallel groups have no sequence",
                                   deployment.parallelism.attention.dp - capacity.batch_total,
                                   deployment.parallelism.attention.dp));
  const auto& rebalance = deployment.routing.rebalance;
  if (rebalance && deployment.model.moe && deployment.effects.routing_draws && deployment.run.steps < rebalance->every)
    warnings.push_back(
        fmt::format("one of the {} measured steps begins with rebalancing, though only one of {} does: step time and "
                    "throughput hold too much of it; routing.rebalancing has them amortised",
                    deployment.run.steps, rebalance->every));
  std::string off;
  for (const EffectSwitch& each : effect_switches())
    if (!(deployment.effects.*each.member)) off += (off.empty() ? "" : ", ") + each.name;
  for (std::string& sentence : beyond_calibration(deployment, capacity)) warnings.push_back(std::move(sentence));
  if (!off.empty()) warnings.push_back(fmt::format("effects are switched off: {}; real systems have them", off));
  return warnings;
}

}  // namespace

Measurement measure(const std::vector<Replication>& replications, int batch_total, int gpus, double accepted_tokens) {
  Measurement m;
  m.step = step_time(replications, accepted_tokens);
  const double pace = mean(collect(replications, [](const Replication& r) { return r.pace; }));
  const double tokens_per_s = pace * batch_total / m.step.tpot;
  m.throughput = {tokens_per_s, tokens_per_s / gpus, tokens_per_s / batch_total};
  for (std::size_t i = 0; i < state_count; ++i)
    m.breakdown[i] = mean(collect(replications, [i](const Replication& r) { return r.breakdown[i]; }));
  m.work = {mean(collect(replications, [](const Replication& r) { return r.work.compute; })),
            mean(collect(replications, [](const Replication& r) { return r.work.hbm; }))};
  m.critical_path = mean_path(replications);
  m.overlap = mean_overlap(replications);
  m.ring_tail = mean_ring_tail(replications);
  m.routing = mean_routing(replications);
  m.kv = summary_of_kv(replications);
  m.rebalancing = mean_rebalancing(replications);
  for (const Replication& r : replications) {
    m.steps += r.steps;
    m.kernels += r.kernels;
    m.transfers += r.transfers;
    m.simulated += r.simulated;
    m.cost.step_wall += r.wall;
    m.cost.sampling += r.sampling;
    m.cost.peak_memory = std::max(m.cost.peak_memory, r.peak_memory);
  }
  m.cost.step_wall /= static_cast<double>(m.steps);
  m.replications = replications;
  return m;
}

Result simulate(const Deployment& deployment, const BatchPlan& plan, const SimulateOptions& options) {
  Result result{deployment, warnings_for(deployment, plan.capacity), plan.capacity, plan.infeasible_reason, {}};
  if (!plan.infeasible_reason.empty()) return result;

  const auto begin = std::chrono::steady_clock::now();
  const SimulatedRun run = run_replications(deployment, plan.capacity.batch_total, options);
  Measurement& m = result.measurement.emplace(
      measure(run.replications, plan.capacity.batch_total, deployment.gpus, deployment.decode.accepted_tokens()));
  m.warmup = run.warmup;
  m.stopping = run.stopping;
  for (std::string& warning : warnings_for(m)) result.warnings.push_back(std::move(warning));
  m.cost.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace ringtail
