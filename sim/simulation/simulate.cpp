#include "simulation/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "decode/stages.hpp"
#include "parallel/pipeline.hpp"
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

std::vector<std::string> warnings_for(const Deployment& deployment, const Capacity& capacity) {
  std::vector<std::string> warnings;
  const double duplicated = duplicated_kv_factor(deployment.model, deployment.parallelism.attention);
  if (duplicated > 1)
    warnings.push_back(fmt::format(
        "each token's KV cache is stored {:g} times, since attention.tp = {} exceeds what its heads can be split into; "
        "attention.kvp would split it instead",
        duplicated, deployment.parallelism.attention.tp));
  const Runtime& runtime = deployment.runtime;
  const int group = sequences_at_a_time(deployment.parallelism, capacity.batch_total);
  if (runtime.launch == Runtime::Launch::captured && runtime.is_eager(group))
    warnings.push_back(fmt::format(
        "kernels are launched eagerly: an attention group has {} sequences{}, and graphs are captured up to "
        "runtime.captured_sequences = {}",
        group, deployment.parallelism.pipeline.stages > 1 ? " at a time" : "", *runtime.captured_sequences));
  if (capacity.batch_total > 0 && capacity.batch_total < deployment.parallelism.attention.dp)
    warnings.push_back(fmt::format("{} of {} data-parallel groups have no sequence",
                                   deployment.parallelism.attention.dp - capacity.batch_total,
                                   deployment.parallelism.attention.dp));
  std::string off;
  for (const EffectSwitch& each : effect_switches())
    if (!(deployment.effects.*each.member)) off += (off.empty() ? "" : ", ") + each.name;
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
  m.routing = mean_routing(replications);
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
