// What placements of experts do to whole decodes.
#include <gtest/gtest.h>

#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using testing::tiny_deployment;
using testing::tiny_moe_model;

/// 8 GPUs on two islands of 4 with 32 experts, Zipf 0.5 of 4, so that the busiest rank is far above the mean.
Deployment uneven(int batch = 512) {
  Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, batch);
  deployment.routing.popularity = {Popularity::Kind::zipf, 0.5};
  deployment.collectives.dispatch = DispatchMode::ll;
  return deployment;
}

Deployment with(Deployment deployment, PlacementPolicy placement, int redundant_experts,
                ReplicaChoice replica = ReplicaChoice::random) {
  deployment.routing.placement = placement;
  deployment.routing.redundant_experts = redundant_experts;
  deployment.routing.replica = replica;
  return deployment;
}

Measurement measure(const Deployment& deployment) {
  const BatchPlan plan = plan_batch(deployment);
  EXPECT_FALSE(plan.error);
  return simulate(deployment, plan, {}).measurement.value();
}

/// The deployments of this folder that route, in every dispatch mode.
std::vector<Deployment> layouts() {
  Deployment groups = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {2, 4, 1}}, 61);
  Deployment sliced = tiny_deployment(tiny_moe_model(), 8, {{4, 1, 2}, {1, 4, 2}}, 60);
  sliced.collectives.dispatch = DispatchMode::inter;
  Deployment halves = uneven(64);
  halves.decode.overlap = {Overlap::Kind::two_batch};
  Deployment inside = tiny_deployment(tiny_moe_model(), 4, {{4, 1, 1}, {1, 4, 1}}, 40);
  inside.collectives.dispatch = DispatchMode::intra;
  Deployment capped = uneven(64);
  capped.routing.capacity = 1.25;
  return {uneven(64), groups, sliced, halves, inside, capped};
}

// Common random numbers: tokens choose the same experts wherever these are, in each step and replication.
TEST(Placement, LeavesTheDrawAsItIs) {
  for (const Deployment& layout : layouts()) {
    const RoutingSummary in_order = *measure(layout).routing;
    for (const PlacementPolicy policy :
         {PlacementPolicy::round_robin, PlacementPolicy::random, PlacementPolicy::eplb, PlacementPolicy::spread}) {
      const RoutingSummary placed = *measure(with(layout, policy, 5)).routing;  // 37 slots: not even.
      EXPECT_DOUBLE_EQ(placed.expert_max_over_mean, in_order.expert_max_over_mean);
      EXPECT_DOUBLE_EQ(placed.distinct_experts, in_order.distinct_experts);
      EXPECT_DOUBLE_EQ(placed.gini, in_order.gini);
      EXPECT_DOUBLE_EQ(placed.dropped, in_order.dropped);
    }
  }
}

// One EP rank has all experts however they are dealt: the same to the last bit, though slots are looked up in tables.
TEST(Placement, OnOneRankChangesNothing) {
  const Deployment one = tiny_deployment(tiny_moe_model(), 2, {{2, 1, 1}, {1, 1, 2}}, 10);
  const Measurement in_order = measure(one);
  const Measurement dealt = measure(with(one, PlacementPolicy::round_robin, 0));
  EXPECT_EQ(dealt.step.mean, in_order.step.mean);
  EXPECT_EQ(dealt.routing->rank_max_over_mean, 1);
}

// Where ranks wait for the busiest one, evenness is time. 32 experts and 8 replicas are 5 slots on each rank.
TEST(Placement, EplbEvensRanksOutAndSavesTime) {
  const Measurement in_order = measure(uneven());
  const Measurement moved = measure(with(uneven(), PlacementPolicy::eplb, 0));
  const Measurement eplb = measure(with(uneven(), PlacementPolicy::eplb, 8));
  const Measurement oracle = measure(with(uneven(), PlacementPolicy::eplb, 8, ReplicaChoice::least_loaded_oracle));
  EXPECT_LT(moved.routing->rank_max_over_mean, in_order.routing->rank_max_over_mean);
  EXPECT_LT(eplb.routing->rank_max_over_mean, moved.routing->rank_max_over_mean);
  EXPECT_LT(oracle.routing->rank_max_over_mean, eplb.routing->rank_max_over_mean);
  EXPECT_LT(eplb.step.tpot, in_order.step.tpot);
}

// A layer has 2 MoE layers with 3 matrices of 256 x 128 bf16 per expert; 8 replicas on 8 ranks are one more on each.
TEST(Placement, ReplicasTakeMemoryAndSoBatch) {
  Deployment deployment = uneven();
  deployment.decode.batch = {};
  const BatchPlan in_order = plan_batch(deployment);
  const BatchPlan replicated = plan_batch(with(deployment, PlacementPolicy::eplb, 8));
  EXPECT_EQ(replicated.capacity.ledger.at("experts") - in_order.capacity.ledger.at("experts"), 2 * 3 * 256 * 128 * 2);
  EXPECT_LT(replicated.capacity.batch_total, in_order.capacity.batch_total);
}

}  // namespace
}  // namespace ringtail
