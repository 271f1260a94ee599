#include <nlohmann/json.hpp>

#include "simulation/replication.hpp"

namespace ringtail {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OverlapSeconds, hidden, exposed, waiting, overhead, tail)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkSeconds, compute, hbm)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RingTailSeconds, of_layer, of_step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PathPart, what, layer, seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RoutingSummary, rank_max_over_mean, expert_max_over_mean, distinct_experts,
                                   idle_ranks, gini, dropped)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KvImbalance, rank_max_over_mean, attention_max_over_mean, mean_context,
                                   shortest_context, longest_context, fewest_sequences, most_sequences)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RebalanceSummary, events, moves, moved_slots, most_received, most_sent,
                                   built_max_over_mean, fresh_max_over_mean, stale_max_over_mean)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RebalancingMeasured::StepParts, without_event, event)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TimelineSlice, what, state, begin, end)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LayerTimeline, layer, begin, seconds, gpus)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FamilyTraffic, family, bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Detail, whats, micro_batches, timelines, breakdown, copies, busy, waits,
                                   traffic_is_by_island, traffic)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Replication, step_seconds, step, traversal, pace, breakdown, work, overlap,
                                   algorithms, critical_path, steps, kernels, transfers, simulated, wall, sampling,
                                   peak_memory)

std::string serialize(const Replication& replication) {
  nlohmann::json json = replication;
  if (replication.routing) json["routing"] = *replication.routing;
  if (replication.kv) json["kv"] = *replication.kv;
  if (replication.detail) json["detail"] = *replication.detail;
  if (replication.ring_tail) json["ring_tail"] = *replication.ring_tail;
  if (const auto& rebalancing = replication.rebalancing) {
    json["rebalancing"] = rebalancing->summary;
    if (rebalancing->step) json["rebalancing_step"] = *rebalancing->step;
  }
  return json.dump();
}

Replication deserialize_replication(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  auto replication = json.get<Replication>();
  if (json.contains("routing")) replication.routing = json["routing"].get<RoutingSummary>();
  if (json.contains("kv")) replication.kv = json["kv"].get<KvImbalance>();
  if (json.contains("detail")) replication.detail = json["detail"].get<Detail>();
  if (json.contains("ring_tail")) replication.ring_tail = json["ring_tail"].get<RingTailSeconds>();
  if (json.contains("rebalancing"))
    replication.rebalancing = RebalancingMeasured{json["rebalancing"].get<RebalanceSummary>()};
  if (json.contains("rebalancing_step"))
    replication.rebalancing->step = json["rebalancing_step"].get<RebalancingMeasured::StepParts>();
  return replication;
}

}  // namespace ringtail
