#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

/// What the tests of laws measure: laws that a whole simulated decode must obey, whatever the numbers.
namespace ringtail::testing {

/// Deployments that between them use every kind of group and every collective.
inline std::vector<Deployment> many_layouts() {
  Deployment wide_ep = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  Deployment helix = tiny_deployment(tiny_moe_model(), 8, {{1, 4, 2}, {1, 8, 1}}, 11);
  Deployment mixed = tiny_deployment(tiny_moe_model(), 8, {{2, 1, 4}, {1, 4, 2}}, 10);
  Deployment plain_tp = tiny_deployment(tiny_dense_model(), 8, {{2, 1, 4}, {2, 1, 4}}, 9);
  Deployment transition = tiny_deployment(tiny_dense_model(), 8, {{4, 2, 1}, {1, 2, 4}}, 9);
  plain_tp.collectives.all_reduce = AllReduceAlgorithm::ring;
  transition.collectives.all_gather = GatherAlgorithm::ring;
  transition.collectives.reduce_scatter = GatherAlgorithm::ring;
  transition.collectives.kvp_exchange = AllToAllAlgorithm::pairwise;
  helix.collectives.all_reduce = AllReduceAlgorithm::recursive_doubling;
  helix.collectives.kvp_exchange = AllToAllAlgorithm::ring;
  mixed.collectives.all_reduce = AllReduceAlgorithm::in_switch;
  // Two islands of four; experts split over two GPUs; one island of eight.
  Deployment inter = wide_ep;
  inter.collectives.dispatch = DispatchMode::inter;
  Deployment inter_split = mixed;
  inter_split.collectives.dispatch = DispatchMode::inter;
  inter_split.collectives.dispatch_chunks = 3;
  Deployment intra = mixed;
  intra.platform.island.size = 8;
  intra.collectives.dispatch = DispatchMode::intra;
  // Several FFN groups: on an island each, across islands of two, and of a dense model inside one attention group.
  Deployment groups = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {2, 4, 1}}, 19);
  Deployment groups_across = tiny_deployment(tiny_moe_model(), 8, {{2, 2, 2}, {2, 2, 2}}, 9);
  groups_across.platform.island.size = 2;
  groups_across.collectives.dispatch = DispatchMode::inter;
  Deployment dense_groups = tiny_deployment(tiny_dense_model(), 8, {{1, 1, 8}, {2, 1, 4}}, 9);
  // An encoder-decoder with a window, its experts in every other layer: split over heads, over the cache, plainly.
  Deployment crossed = tiny_deployment(tiny_encoder_decoder(), 8, {{2, 1, 4}, {1, 8, 1}}, 10);
  Deployment crossed_helix = tiny_deployment(tiny_encoder_decoder(), 8, {{1, 4, 2}, {1, 8, 1}}, 11);
  Deployment crossed_plain = tiny_deployment(tiny_encoder_decoder(), 8, {{2, 1, 4}, {1, 2, 4}}, 9);
  return {wide_ep, helix,  mixed,         plain_tp,     transition, inter,         inter_split,
          intra,   groups, groups_across, dense_groups, crossed,    crossed_helix, crossed_plain};
}

/// Those above, and others in which kernels run beside collectives: attention rings of queries and of caches, pipelines
/// that alternate on the GPUs of an island or stand side by side, and policies of overlap.
inline std::vector<Deployment> layouts_and_overlaps() {
  std::vector<Deployment> all = many_layouts();
  all.push_back(tiny_deployment(tiny_moe_model(), 8, {{1, 1, 2, 4}, {1, 8, 1}}, 13));
  all.push_back(tiny_deployment(tiny_dense_model(), 8, {{2, 1, 1, 4, CpRing::pass_kv}, {2, 1, 4}}, 13));
  Deployment pipeline = tiny_deployment(tiny_dense_model(), 8, {{1, 1, 4}, {1, 1, 4}, {.stages = 2}}, 9);
  all.push_back(pipeline);
  pipeline.parallelism.order = {Degree::pp, Degree::tp};
  all.push_back(pipeline);
  Deployment wide_ep = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  for (const auto kind : {Overlap::Kind::shared_expert, Overlap::Kind::two_batch}) {
    wide_ep.decode.overlap.kind = kind;
    all.push_back(wide_ep);
  }
  return all;
}

inline Measurement measure(const Deployment& deployment) {
  const BatchPlan plan = plan_batch(deployment);
  EXPECT_FALSE(plan.error);
  const Result result = simulate(deployment, plan, {});
  return result.measurement.value();
}

}  // namespace ringtail::testing
