// Laws of whole decodes under each overlap policy.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "decode/overlap_policy.hpp"
#include "simulation/replication.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_encoder_decoder;
using testing::tiny_moe_model;

using Kind = Overlap::Kind;

/// Layouts on which dispatch, combine or all-reduces can be overlapped, in every mode.
std::vector<Deployment> layouts() {
  Deployment wide_ep = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  Deployment helix = tiny_deployment(tiny_moe_model(), 8, {{1, 4, 2}, {1, 8, 1}}, 11);
  Deployment inter = tiny_deployment(tiny_moe_model(), 8, {{2, 1, 4}, {1, 4, 2}}, 10);
  inter.collectives.dispatch = DispatchMode::inter;
  Deployment with_sms = wide_ep;
  with_sms.collectives.dispatch = DispatchMode::inter;
  with_sms.collectives.dispatch_sms = 20;
  with_sms.collectives.dispatch_chunks = 3;
  with_sms.platform.gpu.sm_copy_rate = 4e9;
  with_sms.platform.gpu.sms = 80;
  Deployment groups = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {2, 4, 1}}, 19);
  Deployment crossed = tiny_deployment(tiny_encoder_decoder(), 8, {{2, 1, 4}, {1, 8, 1}}, 10);
  Deployment plain = tiny_deployment(tiny_dense_model(), 8, {{2, 1, 4}, {2, 1, 4}}, 9);
  plain.collectives.all_reduce = AllReduceAlgorithm::ring;
  Deployment plain_with_sms = plain;
  plain_with_sms.collectives.all_reduce = AllReduceAlgorithm::two_shot;
  plain_with_sms.collectives.dense_sms = 16;
  plain_with_sms.platform.gpu.sm_copy_rate = 4e9;
  plain_with_sms.platform.gpu.sms = 80;
  return {wide_ep, helix, inter, with_sms, groups, crossed, plain, plain_with_sms};
}

/// Each of them under each policy that it can have.
std::vector<Deployment> overlapped() {
  std::vector<Deployment> deployments;
  for (const Deployment& layout : layouts()) {
    for (const OverlapPolicy& policy : overlap_policies()) {
      if (policy.kind == Kind::none || policy.refuse(layout.model, layout.parallelism)) continue;
      Deployment deployment = layout;
      deployment.decode.overlap = {policy.kind, policy.kind == Kind::chunked ? 3 : 1};
      deployments.push_back(deployment);
    }
  }
  return deployments;
}

Measurement measure(const Deployment& deployment) {
  const BatchPlan plan = plan_batch(deployment);
  EXPECT_FALSE(plan.error);
  return simulate(deployment, plan, {}).measurement.value();
}

Deployment without_overlap(Deployment deployment) {
  deployment.decode.overlap = {};
  return deployment;
}

/// What one rank does in one step.
struct Demand {
  Flops flops = 0;
  Seconds kernels = 0;  ///< Each alone.
  Bytes sent = 0;       ///< Inside its island.
};

std::vector<Demand> demands(const Deployment& deployment) {
  DecodeProgram program = decode_program(deployment, decode_spec(deployment, deployment.decode.batch.count), 0);
  std::vector<Demand> of_rank(static_cast<std::size_t>(deployment.gpus));
  std::set<int> left;
  for (int rank = 0; rank < deployment.gpus; ++rank) left.insert(rank);
  while (!left.empty()) {
    for (const int rank : std::vector<int>(left.begin(), left.end())) {
      std::vector<Op> ops;
      program.next(rank, ops);
      Demand& demand = of_rank[static_cast<std::size_t>(rank)];
      for (const Op& op : ops) {
        if (const auto* kernel = std::get_if<Kernel>(&op)) {
          demand.flops += kernel->flops;
          demand.kernels += kernel->overhead + std::max(kernel->compute, kernel->hbm);
        }
        const auto* post = std::get_if<Post>(&op);
        if (const auto* relay = std::get_if<Relay>(&op)) post = &relay->post;
        if (post)
          for (const Transfer& t : post->exchange->row(static_cast<std::size_t>(post->member)))
            if (t.dst / 4 == rank / 4) demand.sent += t.bytes;
        if (std::holds_alternative<EndStep>(op)) left.erase(rank);
      }
    }
  }
  return of_rank;
}

TEST(OverlapLaws, EveryPolicyIsTried) {
  std::set<Kind> kinds;
  for (const Deployment& deployment : overlapped()) kinds.insert(deployment.decode.overlap.kind);
  EXPECT_EQ(kinds.size() + 1, overlap_policies().size());
}

TEST(OverlapLaws, UsefulFlopsAreThoseWithoutOverlap) {
  // Tiles are 1 on this platform, so nothing is padded.
  for (const Deployment& deployment : overlapped()) {
    const std::vector<Demand> with = demands(deployment), without = demands(without_overlap(deployment));
    // A micro-batch's tokens are dealt to owners anew, so ranks of one group may own others than before.
    const bool is_per_rank = deployment.parallelism.attention.dp == deployment.gpus;
    for (std::size_t rank = 0; is_per_rank && rank < with.size(); ++rank)
      EXPECT_NEAR(with[rank].flops / without[rank].flops, 1, 1e-12) << overlap_text(deployment.decode.overlap);
    const auto total = [](const std::vector<Demand>& all) {
      Flops sum = 0;
      for (const Demand& demand : all) sum += demand.flops;
      return sum;
    };
    EXPECT_NEAR(total(with) / total(without), 1, 1e-12) << overlap_text(deployment.decode.overlap);
  }
}

TEST(OverlapLaws, AStepIsNoShorterThanAStreamOrAPortNeeds) {
  for (Deployment deployment : overlapped()) {
    deployment.run = {1, 0, 1, 7};
    const Measurement m = measure(deployment);
    for (const Demand& demand : demands(deployment)) {
      EXPECT_GE(m.step.mean, demand.kernels * (1 - 1e-9)) << overlap_text(deployment.decode.overlap);
      EXPECT_GE(m.step.mean, demand.sent / 100e9) << overlap_text(deployment.decode.overlap);
    }
  }
}

TEST(OverlapLaws, SomethingIsHiddenAndTheTablesAddUp) {
  // Whether the states, the path and the parts of collectives add up is checked in every run, of which this makes some.
  for (const Deployment& deployment : overlapped()) {
    const Measurement m = measure(deployment);
    double hidden = 0;
    for (const FamilyOverlap& family : m.overlap) hidden += family.seconds.hidden;
    EXPECT_GT(hidden, 0) << overlap_text(deployment.decode.overlap);
  }
}

TEST(OverlapLaws, TokensChooseTheSameExperts) {
  // A draw is a function of sequence, layer and step, not of the micro-batch.
  for (const Deployment& deployment : overlapped()) {
    if (!deployment.model.moe) continue;
    const RoutingSummary with = *measure(deployment).routing, without = *measure(without_overlap(deployment)).routing;
    EXPECT_EQ(with.rank_max_over_mean, without.rank_max_over_mean);
    EXPECT_EQ(with.distinct_experts, without.distinct_experts);
    EXPECT_EQ(with.gini, without.gini);
  }
}

TEST(OverlapLaws, WholeStepsEqualSimGridsOwnModels) {
  for (Deployment deployment : overlapped()) {
    deployment.run = {2, 1, 1, 7};
    const Measurement fluid = measure(deployment);
    deployment.network.solver = NetworkSolver::simgrid;
    const Measurement oracle = measure(deployment);
    EXPECT_NEAR(oracle.step.mean / fluid.step.mean, 1.0, 1e-9) << overlap_text(deployment.decode.overlap);
    EXPECT_EQ(oracle.transfers, fluid.transfers);
  }
}

/// Eight GPUs with experts on all of them and a slow fabric between four and four.
Deployment wide_ep(int per_gpu, const Overlap& overlap) {
  Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 8 * per_gpu);
  deployment.decode.overlap = overlap;
  deployment.platform.fabric.bandwidth = 10e9;
  return deployment;
}

TEST(OverlapLaws, TwoBatchLosesAtSmallBatchesAndWinsAtLargeOnes) {
  // Two sequences per GPU: kernels of a microsecond are nearly all launch, and there are nearly twice as many.
  EXPECT_GT(measure(wide_ep(2, {Kind::two_batch})).step.mean, measure(wide_ep(2, {})).step.mean);
  // 512: dispatch and combine take as long as attention, and are hidden by it.
  EXPECT_LT(measure(wide_ep(512, {Kind::two_batch})).step.mean, measure(wide_ep(512, {})).step.mean);
}

TEST(OverlapLaws, SharedExpertDoesNotLoseWhereCommunicationIsExposed) {
  // Each rank sends earlier and does the rest no later.
  for (const int per_gpu : {1, 8, 64, 512})
    EXPECT_LE(measure(wide_ep(per_gpu, {Kind::shared_expert})).step.mean,
              measure(wide_ep(per_gpu, {})).step.mean * (1 + 1e-3))
        << per_gpu;
}

}  // namespace
}  // namespace ringtail
