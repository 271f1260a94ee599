#include "simulation/placements.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "parallel/rank_order.hpp"
#include "routing/expert_load.hpp"
#include "routing/token_index.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

/// Placements that ask for it are refused where it is 0 (sim/config/placement_checks.cpp).
int ranks_per_island(const Deployment& deployment) {
  return std::max(1, ep_ranks_per_island(deployment.parallelism, deployment.platform.island.size));
}

/// Places the experts of a layer for `loads`. A random placement is drawn anew when the popularity is.
ExpertPlacement placement(const Deployment& deployment, std::span<const double> loads, int layer, int replication) {
  const Routing& routing = deployment.routing;
  const Moe& moe = *deployment.model.moe;
  const FfnParallelism& ffn = deployment.parallelism.ffn;
  return place(
      {loads, ffn.ep, moe.experts + routing.redundant_experts, ranks_per_island(deployment), moe.expert_groups},
      routing.placement, RandomStream(deployment.run.seed, routing.redraw ? replication : 0, placement_stream), layer);
}

/// How often each expert is chosen in a step: [layer · experts + expert].
std::vector<int> count_step(const ExpertSampler& sampler, const Deployment& deployment, int batch_total, int step) {
  const Moe& moe = *deployment.model.moe;
  const auto experts = static_cast<std::size_t>(moe.experts);
  const auto layers = static_cast<std::size_t>(deployment.model.moe_layers());
  std::vector<std::uint32_t> sequences(static_cast<std::size_t>(batch_total));
  std::iota(sequences.begin(), sequences.end(), 0U);
  std::vector<std::uint16_t> chosen(sequences.size() * static_cast<std::size_t>(moe.experts_per_token));
  std::vector<int> counts(layers * experts);
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (int token = 0; token <= deployment.decode.draft(); ++token) {
      sampler.draw(static_cast<int>(layer), token_index(step, token), sequences, chosen);
      count_experts(chosen, std::span(counts).subspan(layer * experts, experts));
    }
  }
  return counts;
}

/// An event is in the middle of the measured steps, so that steps on both sides show what it costs.
int middle_step(const Run& run) { return run.warmup.value() + run.steps / 2; }

}  // namespace

ExpertSlots expert_slots(const Deployment& deployment, const ExpertSampler& sampler, int replication) {
  const Routing& routing = deployment.routing;
  if (routing.is_in_order() || routing.rebalance) return {};
  std::vector<LayerSlots> layers;
  for (int layer = 0; layer < deployment.model.moe_layers(); ++layer)
    layers.emplace_back(placement(deployment, sampler.inclusion(layer), layer, replication));
  return {std::move(layers), routing.replica, RandomStream(deployment.run.seed, replication, replica_stream)};
}

std::optional<Rebalancing> rebalancing(const Deployment& deployment, const ExpertSampler& sampler, int batch_total,
                                       int replication) {
  const Routing& routing = deployment.routing;
  if (!routing.rebalance) return std::nullopt;
  return Rebalancing({.rebalance = *routing.rebalance,
                      .event = middle_step(deployment.run),
                      .count = [=](int step) { return count_step(sampler, deployment, batch_total, step); },
                      .place = [=](std::span<const double> loads,
                                   int layer) { return placement(deployment, loads, layer, replication); },
                      .layers = deployment.model.moe_layers(),
                      .replica = routing.replica,
                      .choosing = RandomStream(deployment.run.seed, replication, replica_stream),
                      .ranks_per_island = ranks_per_island(deployment)});
}

RebalancingMeasured measured(Rebalancing& rebalancing, const Run& run, std::span<const Seconds> step_seconds) {
  std::vector<double> with;
  std::vector<double> without;
  for (std::size_t i = 0; i < step_seconds.size(); ++i)
    (rebalancing.is_event(run.warmup.value() + static_cast<int>(i)) ? with : without).push_back(step_seconds[i]);
  RebalancingMeasured result{rebalancing.summary(run.warmup.value(), run.warmup.value() + run.steps)};
  if (!with.empty() && !without.empty()) result.step = {mean(without), mean(with) - mean(without)};
  return result;
}

}  // namespace ringtail
