#include "parallel/rank_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "parallel/island_spread.hpp"

namespace ringtail {
namespace {

using D = Degree;

std::vector<int> in_order(int ranks) {
  std::vector<int> gpus(static_cast<std::size_t>(ranks));
  std::iota(gpus.begin(), gpus.end(), 0);
  return gpus;
}

/// Attention DP3 x KVP5 x TP2 in each of 7 stages: degrees that no product confuses.
Parallelism primes() {
  Parallelism parallelism{{3, 5, 2}, {3, 1, 10}};
  parallelism.pipeline.stages = 7;
  return parallelism;
}

TEST(RankOrder, RanksCountGpusUnlessAnotherOrderIsGiven) {
  EXPECT_EQ(gpu_of_rank(primes()), in_order(210));
  EXPECT_TRUE(is_in_order(primes()));
  Parallelism shorter = primes();
  shorter.order = {D::tp, D::kvp, D::dp, D::pp};  // cp is 1.
  EXPECT_EQ(gpu_of_rank(shorter), in_order(210));
}

TEST(RankOrder, AnyOrderPutsEachRankOnAGpuOfItsOwn) {
  Parallelism parallelism = primes();
  parallelism.order = {D::tp, D::kvp, D::cp, D::dp, D::pp};
  do {
    std::vector<int> gpus = gpu_of_rank(parallelism);
    // Neighbours in the first degree named that has any are on neighbouring GPUs: that is what an order says.
    const auto innermost = std::find_if(parallelism.order.begin(), parallelism.order.end(),
                                        [&](Degree degree) { return parallelism.size_of(degree) > 1; });
    const int stride = *innermost == D::tp ? 1 : *innermost == D::kvp ? 2 : *innermost == D::dp ? 10 : 30;
    EXPECT_EQ(gpus[static_cast<std::size_t>(stride)], 1);
    std::sort(gpus.begin(), gpus.end());
    EXPECT_EQ(gpus, in_order(210));
  } while (std::next_permutation(parallelism.order.begin(), parallelism.order.end()));
}

TEST(RankOrder, StagesCanAlternate) {
  // TP4 x PP2 with stages innermost: stage s has GPUs s, 2 + s, 4 + s, 6 + s.
  Parallelism parallelism{{1, 1, 4}, {1, 1, 4}};
  parallelism.pipeline.stages = 2;
  parallelism.order = {D::pp, D::tp};
  EXPECT_EQ(gpu_of_rank(parallelism), (std::vector<int>{0, 2, 4, 6, 1, 3, 5, 7}));
  EXPECT_FALSE(is_in_order(parallelism));
}

TEST(RankOrder, NamesEachDegreeAboveOneOnce) {
  Parallelism parallelism = primes();
  EXPECT_TRUE(is_order(parallelism));
  parallelism.order = {D::pp, D::tp, D::dp};
  EXPECT_FALSE(is_order(parallelism));  // No kvp.
  parallelism.order = {D::pp, D::tp, D::dp, D::kvp};
  EXPECT_TRUE(is_order(parallelism));
  parallelism.order.push_back(D::pp);
  EXPECT_FALSE(is_order(parallelism));
}

IslandSpread spread_of(const Parallelism& parallelism, int island_size, const std::string& kind) {
  for (IslandSpread& spread : island_spreads(parallelism, island_size))
    if (spread.kind == kind) return spread;
  return {};
}

TEST(IslandSpread, GroupsShareIslandsAsTheOrderSays) {
  // TP4 x DP4 on islands of 8. In order an island has two whole TP groups; with dp innermost each TP group, GPUs d,
  // 4 + d, 8 + d, 12 + d, has two ranks on each of the two islands.
  Parallelism parallelism{{4, 1, 4}, {1, 16, 1}};
  EXPECT_EQ(spread_of(parallelism, 8, "TP").groups, 4);
  EXPECT_EQ(spread_of(parallelism, 8, "TP").islands, 1);
  EXPECT_EQ(spread_of(parallelism, 8, "TP").most_there, 4);
  EXPECT_EQ(spread_of(parallelism, 8, "EP").islands, 2);
  EXPECT_EQ(spread_of(parallelism, 8, "EP").ranks, 16);
  parallelism.order = {D::dp, D::tp};
  EXPECT_EQ(spread_of(parallelism, 8, "TP").islands, 2);
  EXPECT_EQ(spread_of(parallelism, 8, "TP").most_there, 2);
  EXPECT_EQ(spread_of_blocks(parallelism, 4, 8).islands, 2);
}

TEST(IslandSpread, RanksThatSplitACacheAreStepsOfTpApart) {
  // KVP4 x TP2 on islands of 4, in order: ranks 0, 2, 4, 6 split one cache, two of them on each island.
  const Parallelism parallelism{{1, 4, 2}, {1, 8, 1}};
  EXPECT_EQ(spread_of(parallelism, 4, "KVP").groups, 2);
  EXPECT_EQ(spread_of(parallelism, 4, "KVP").islands, 2);
  EXPECT_EQ(spread_of(parallelism, 4, "KVP").most_there, 2);
}

TEST(IslandSpread, EpRanksFillIslandsOnlyInSomeOrders) {
  Parallelism parallelism{{4, 1, 4}, {1, 16, 1}};
  EXPECT_EQ(ep_ranks_per_island(parallelism, 8), 8);
  parallelism.order = {D::dp, D::tp};  // EP ranks 0 .. 3 on GPUs 0, 4, 8, 12: islands 0, 0, 1, 1, then 0 again.
  EXPECT_EQ(ep_ranks_per_island(parallelism, 8), 0);
  // Two stages that alternate: an island of 8 has 4 ranks of each, in order.
  Parallelism stages{{16, 1, 1}, {1, 16, 1}};
  stages.pipeline.stages = 2;
  stages.order = {D::pp, D::dp};
  EXPECT_EQ(ep_ranks_per_island(stages, 8), 4);
}

}  // namespace
}  // namespace ringtail
