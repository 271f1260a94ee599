#include "routing/routing_study.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

namespace ringtail {
namespace {

using Kind = Popularity::Kind;

RoutingStudy study_of(int ranks, int slots, PlacementPolicy placement, ReplicaChoice replica = ReplicaChoice::random) {
  RoutingStudy study;
  study.shape = {3, 64, 4, {}};
  study.ranks = ranks;
  study.tokens_per_rank = 32;
  study.slots = slots;
  study.ranks_per_island = 4;
  study.placement = placement;
  study.replica = replica;
  return study;
}

const Routing zipf = {.popularity = {.kind = Kind::zipf, .zipf = 0.7}};

// Every rank sends k copies of each of its tokens, to somewhere, in each layer.
TEST(RoutingStudy, RowsOfTheMatrixAreTheCopiesSent) {
  const ExpertSampler sampler({3, 64, 4, {}}, zipf, 1, 0);
  for (const PlacementPolicy placement :
       {PlacementPolicy::contiguous, PlacementPolicy::eplb, PlacementPolicy::spread}) {
    for (const ReplicaChoice replica :
         {ReplicaChoice::random, ReplicaChoice::nearest, ReplicaChoice::least_loaded_oracle}) {
      const RoutingStudy study = study_of(16, 80, placement, replica);
      const auto chosen = draw_layers(sampler, study.shape, 16 * 32);
      const RoutingLoads loads = routing_loads(study, sampler, chosen, 16 * 32);
      ASSERT_EQ(loads.pair_copies.size(), 256U);
      for (std::size_t rank = 0; rank < 16; ++rank) {
        const auto row = loads.pair_copies.begin() + static_cast<long>(rank * 16);
        EXPECT_EQ(std::accumulate(row, row + 16, std::int64_t{0}), 3 * 32 * 4);
      }
    }
  }
}

// Of one layer the busiest receiver is the largest column of the matrix without its diagonal. Over layers it is the
// mean of the layers' largest, which is more than the largest of the layers' mean if different ranks are busiest.
TEST(RoutingStudy, BusiestReceiversAreOfEachLayer) {
  const auto largest_column = [](const RoutingLoads& loads) {
    double largest = 0;
    for (std::size_t to = 0; to < 16; ++to) {
      double received = 0;
      for (std::size_t from = 0; from < 16; ++from)
        received += from == to ? 0.0 : static_cast<double>(loads.pair_copies[from * 16 + to]);
      largest = std::max(largest, received);
    }
    return largest / static_cast<double>(loads.layers.size());
  };
  for (const int layers : {1, 3}) {
    const ExpertSampler sampler({layers, 64, 4, {}}, zipf, 1, 0);
    RoutingStudy study = study_of(16, 64, PlacementPolicy::contiguous);
    study.shape.layers = layers;
    const RoutingLoads loads = routing_loads(study, sampler, draw_layers(sampler, study.shape, 16 * 32), 16 * 32);
    if (layers == 1)
      EXPECT_DOUBLE_EQ(loads.mean.busiest_receiver, largest_column(loads));
    else
      EXPECT_GT(loads.mean.busiest_receiver, 1.05 * largest_column(loads));
  }
}

// Common random numbers: figures of experts depend neither on placement nor on replicas, and the first ranks' tokens
// are the same whatever number of ranks there is.
TEST(RoutingStudy, ExpertsDoNotDependOnRanks) {
  const ExpertSampler sampler({3, 64, 4, {}}, zipf, 1, 0);
  const auto few = draw_layers(sampler, {3, 64, 4, {}}, 8 * 32);
  const auto many = draw_layers(sampler, {3, 64, 4, {}}, 16 * 32);
  for (int layer = 0; layer < 3; ++layer)
    EXPECT_TRUE(std::equal(few.begin() + layer * 1024, few.begin() + (layer + 1) * 1024, many.begin() + layer * 2048));
  const RoutingLoads a = routing_loads(study_of(8, 64, PlacementPolicy::contiguous), sampler, many, 16 * 32);
  const RoutingLoads b = routing_loads(study_of(8, 80, PlacementPolicy::eplb), sampler, few, 8 * 32);
  EXPECT_EQ(a.mean.gini, b.mean.gini);
  EXPECT_EQ(a.mean.expert_max_over_mean, b.mean.expert_max_over_mean);
  EXPECT_EQ(a.mean.distinct_experts, b.mean.distinct_experts);
  EXPECT_NE(a.mean.rank_max_over_mean, b.mean.rank_max_over_mean);
}

// Balanced popularity on ranks with the same number of experts each: exactly 1 everywhere, nobody idle.
TEST(RoutingStudy, BalancedIsExactlyOne) {
  const Routing balanced = {.popularity = {.kind = Kind::balanced}};
  const ExpertSampler sampler({3, 64, 4, {}}, balanced, 1, 0);
  const RoutingStudy study = study_of(16, 64, PlacementPolicy::contiguous);
  const RoutingLoads loads = routing_loads(study, sampler, draw_layers(sampler, study.shape, 512), 512);
  EXPECT_EQ(loads.mean.expert_max_over_mean, 1);
  EXPECT_EQ(loads.mean.rank_max_over_mean, 1);
  EXPECT_EQ(loads.mean.distinct_experts, 64);
  EXPECT_EQ(loads.mean.distinct_per_rank, 4);
  EXPECT_EQ(loads.mean.idle_ranks, 0);
  EXPECT_NEAR(loads.mean.gini, 0, 1e-12);
}

// max/mean by rank against an independent Monte Carlo: uniform choices without replacement by another generator
// (a partial shuffle with the Mersenne twister), experts on ranks in order. Both means have a standard error from their
// own samples; 5.5 of the two together happen by chance once in 26 million.
TEST(RoutingStudy, RankMaxOverMeanAgreesWithAnIndependentDraw) {
  constexpr int layers = 400;
  const ExpertSampler::Shape shape{layers, 64, 4, {}};
  const ExpertSampler sampler(shape, {}, 1, 0);
  RoutingStudy study = study_of(16, 64, PlacementPolicy::contiguous);
  study.shape = shape;
  const RoutingLoads loads = routing_loads(study, sampler, draw_layers(sampler, shape, 512), 512);
  std::vector<double> ours;
  for (const LayerLoad& layer : loads.layers) ours.push_back(layer.rank_max_over_mean);
  std::mt19937_64 random(7);
  std::vector<double> theirs;
  std::vector<int> experts(64);
  for (int layer = 0; layer < layers; ++layer) {
    std::vector<int> copies(16);
    for (int token = 0; token < 512; ++token) {
      std::iota(experts.begin(), experts.end(), 0);
      for (std::size_t i = 0; i < 4; ++i) {
        std::swap(experts[i], experts[std::uniform_int_distribution<std::size_t>(i, 63)(random)]);
        ++copies[static_cast<std::size_t>(experts[i] / 4)];
      }
    }
    theirs.push_back(*std::max_element(copies.begin(), copies.end()) / 128.0);
  }
  const auto moments = [](const std::vector<double>& values) {
    double sum = 0;
    double squares = 0;
    for (const double v : values) {
      sum += v;
      squares += v * v;
    }
    const double n = static_cast<double>(values.size());
    return std::pair(sum / n, (squares / n - sum / n * sum / n) / n);
  };
  const auto [a, a_error] = moments(ours);
  const auto [b, b_error] = moments(theirs);
  EXPECT_NEAR(a, b, 5.5 * std::sqrt(a_error + b_error));
  EXPECT_GT(a, 1.1);
}

// What each rule is for: nearest keeps copies on islands, the oracle evens ranks out; EPLB is evener than contiguous.
TEST(RoutingStudy, RulesDoWhatTheyAreFor) {
  const ExpertSampler sampler({3, 64, 4, {}}, zipf, 1, 0);
  const auto chosen = draw_layers(sampler, {3, 64, 4, {}}, 512);
  const auto mean = [&](PlacementPolicy placement, int slots, ReplicaChoice replica) {
    return routing_loads(study_of(16, slots, placement, replica), sampler, chosen, 512).mean;
  };
  const LayerLoad contiguous = mean(PlacementPolicy::contiguous, 64, ReplicaChoice::random);
  const LayerLoad eplb = mean(PlacementPolicy::eplb, 80, ReplicaChoice::random);
  const LayerLoad spread = mean(PlacementPolicy::spread, 80, ReplicaChoice::random);
  const LayerLoad near = mean(PlacementPolicy::spread, 80, ReplicaChoice::nearest);
  const LayerLoad oracle = mean(PlacementPolicy::eplb, 80, ReplicaChoice::least_loaded_oracle);
  EXPECT_LT(eplb.rank_max_over_mean, contiguous.rank_max_over_mean);
  EXPECT_LT(near.off_island_copies, spread.off_island_copies);
  EXPECT_LT(oracle.rank_max_over_mean, eplb.rank_max_over_mean);
}

}  // namespace
}  // namespace ringtail
