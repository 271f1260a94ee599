#include "routing/expert_load.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

/// The definition of Gini's coefficient: half the mean absolute difference of all pairs, over the mean.
double gini_by_pairs(std::span<const int> x) {
  double differences = 0;
  for (const int a : x)
    for (const int b : x) differences += std::abs(a - b);
  const double n = static_cast<double>(x.size());
  return differences / (n * n) / 2 / (std::accumulate(x.begin(), x.end(), 0.0) / n);
}

TEST(ExpertLoad, GiniEqualsItsDefinition) {
  std::array<int, 4> small = {4, 0, 2, 2};  // by hand: (-3·0 - 1·2 + 1·2 + 3·4) / (4·8) = 0.375
  EXPECT_DOUBLE_EQ(gini(small), 0.375);
  std::vector<int> many;
  for (int e = 0; e < 256; ++e) many.push_back((e * e * 7) % 101);
  const double expected = gini_by_pairs(many);
  EXPECT_NEAR(gini(many), expected, 1e-13);
}

// Limits: equal counts have none, all on one of n have (n-1)/n.
TEST(ExpertLoad, GiniLimits) {
  std::vector<int> even(64, 7);
  EXPECT_EQ(gini(even), 0);
  std::vector<int> one(64, 0);
  one[10] = 1000;
  EXPECT_DOUBLE_EQ(gini(one), 63.0 / 64);
}

// 4 experts on 3 ranks. First layer: copies 4, 0, 2, 2; ranks 4, 4, 0 with mean 8/3, so 1.5; experts 4 / 2.
// Second layer: copies 1, 1, 1, 1; ranks 2, 2, 0 with mean 4/3: 1.5; experts 1. One of three ranks holds nothing.
TEST(RoutingStatistics, MeansByHand) {
  RoutingStatistics statistics(std::array{0, 0, 1, 1}, 3);
  statistics.add(std::array{4, 0, 2, 2});
  statistics.add(std::array{1, 1, 1, 1});
  const RoutingSummary summary = statistics.mean();
  EXPECT_DOUBLE_EQ(summary.rank_max_over_mean, 1.5);
  EXPECT_DOUBLE_EQ(summary.expert_max_over_mean, 1.5);
  EXPECT_DOUBLE_EQ(summary.distinct_experts, 3.5);
  EXPECT_DOUBLE_EQ(summary.idle_ranks, 1);
  EXPECT_DOUBLE_EQ(summary.gini, 0.375 / 2);
}

// Two groups of 2 ranks with 2 experts each on one rank: copies 4, 0 and 1, 3. Ranks 4, 0, 1, 3 with mean 2: 2, one
// idle. Experts: (2 + 1.5)/2, one and two of them, Gini (1/2 + 1/4)/2. A third group without tokens is idle, and no
// more.
TEST(RoutingStatistics, RanksOfAllGroupsExpertsOfEach) {
  RoutingStatistics two(std::array{0, 1}, 2);
  two.add(std::vector<std::vector<int>>{{4, 0}, {1, 3}});
  EXPECT_DOUBLE_EQ(two.mean().rank_max_over_mean, 2);
  EXPECT_DOUBLE_EQ(two.mean().idle_ranks, 1);
  EXPECT_DOUBLE_EQ(two.mean().expert_max_over_mean, 1.75);
  EXPECT_DOUBLE_EQ(two.mean().distinct_experts, 1.5);
  EXPECT_DOUBLE_EQ(two.mean().gini, 0.375);

  RoutingStatistics three(std::array{0, 1}, 2);
  three.add(std::vector<std::vector<int>>{{4, 0}, {1, 3}, {0, 0}});
  EXPECT_DOUBLE_EQ(three.mean().rank_max_over_mean, 3);  // 4 over 8/6.
  EXPECT_DOUBLE_EQ(three.mean().idle_ranks, 3);
  EXPECT_DOUBLE_EQ(three.mean().expert_max_over_mean, 1.75);
  EXPECT_DOUBLE_EQ(three.mean().gini, 0.375);
}

// Two experts in three slots of two ranks: expert 1 in slots 1 and 2, on both ranks. Copies 3, 2, 1: ranks 5 and 1 with
// mean 3; experts 3 and 3, even.
TEST(RoutingStatistics, ReplicasOfAnExpertCountTogether) {
  RoutingStatistics statistics(std::array{0, 0, 1}, 2);
  const std::array<std::uint16_t, 3> experts = {0, 1, 1};
  statistics.add(std::vector<std::vector<int>>{{3, 2, 1}}, 0, experts);
  EXPECT_DOUBLE_EQ(statistics.mean().rank_max_over_mean, 5.0 / 3);
  EXPECT_DOUBLE_EQ(statistics.mean().expert_max_over_mean, 1);
  EXPECT_DOUBLE_EQ(statistics.mean().distinct_experts, 2);
  EXPECT_DOUBLE_EQ(statistics.mean().gini, 0);
}

// Even load is 1, 1, all, 0, 0 exactly, whatever the sizes; everything on one expert is ranks, experts, 1, ranks - 1.
TEST(RoutingStatistics, Limits) {
  std::vector<int> placement(256);
  for (std::size_t e = 0; e < 256; ++e) placement[e] = static_cast<int>(e / 4);
  RoutingStatistics even(placement, 64);
  even.add(std::vector<int>(256, 3));
  EXPECT_EQ(even.mean().rank_max_over_mean, 1);
  EXPECT_EQ(even.mean().expert_max_over_mean, 1);
  EXPECT_EQ(even.mean().distinct_experts, 256);
  EXPECT_EQ(even.mean().idle_ranks, 0);
  EXPECT_EQ(even.mean().gini, 0);

  RoutingStatistics one(placement, 64);
  std::vector<int> copies(256, 0);
  copies[255] = 17;
  one.add(copies);
  EXPECT_EQ(one.mean().rank_max_over_mean, 64);
  EXPECT_EQ(one.mean().expert_max_over_mean, 256);
  EXPECT_EQ(one.mean().distinct_experts, 1);
  EXPECT_EQ(one.mean().idle_ranks, 63);
}

// The mean over layers is of the layers' ratios, not the ratio of summed counts: two layers that are uneven in opposite
// ways stay uneven.
TEST(RoutingStatistics, UnevenLayersDoNotCancel) {
  RoutingStatistics statistics(std::array{0, 1}, 2);
  statistics.add(std::array{4, 0});
  statistics.add(std::array{0, 4});
  EXPECT_EQ(statistics.mean().rank_max_over_mean, 2);
  EXPECT_EQ(statistics.mean().distinct_experts, 1);
}

TEST(RoutingStatistics, RefusesWhatHasNoMeaning) {
  EXPECT_THROW(RoutingStatistics(std::array{0, 2}, 2), std::invalid_argument);
  EXPECT_THROW(RoutingStatistics(std::array{0, -1}, 2), std::invalid_argument);
  RoutingStatistics statistics(std::array{0, 1}, 2);
  EXPECT_THROW((void)statistics.mean(), std::logic_error);
  EXPECT_THROW(statistics.add(std::array{0, 0}), std::invalid_argument);
  EXPECT_THROW(statistics.add(std::array{1, 2, 3}), std::invalid_argument);
}

// Counting adds to what is there and loses no copy.
TEST(ExpertLoad, CountsEveryCopy) {
  std::array<int, 4> counts = {1, 0, 0, 0};
  count_experts(std::array<std::uint16_t, 5>{0, 3, 3, 2, 3}, counts);
  EXPECT_EQ(counts, (std::array{2, 0, 1, 3}));
}

}  // namespace
}  // namespace ringtail
