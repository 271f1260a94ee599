#include "collectives/choice.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ringtail {
namespace {

// Islands of four; the latency of the fabric is three times that of the island, its bandwidth a quarter.
constexpr Seconds Li = 1e-6, Lf = 3e-6;
constexpr BytesPerSecond Bi = 100e9, Bf = 25e9;
const Tiers tiers{4, {Bi, Li}, {Bf, Lf}};
const std::vector<int> inside = {4, 5, 6, 7};
const std::vector<int> across = {0, 1, 2, 3, 4, 5, 6, 7};

std::vector<Bytes> equal_shares(std::size_t n, Bytes size) {
  return std::vector<Bytes>(n, size / static_cast<double>(n));
}

Seconds estimate_all_reduce(AllReduceAlgorithm algorithm, Bytes size, const std::vector<int>& ranks) {
  return estimate(all_reduce(algorithm, equal_shares(ranks.size(), size)), ranks, tiers);
}

TEST(Estimate, OnOneIslandIsLatencyTimesRoundsPlusBytesThroughAPort) {
  // N = 4: the usual formulas (Thakur, Rabenseifner and Gropp 2005, without the cost of adding).
  const Bytes S = 8e6;
  using A = AllReduceAlgorithm;
  EXPECT_NEAR(estimate_all_reduce(A::one_shot, S, inside) / (Li + 3 * S / Bi), 1, 1e-12);
  EXPECT_NEAR(estimate_all_reduce(A::two_shot, S, inside) / (2 * (Li + 0.75 * S / Bi)), 1, 1e-12);
  EXPECT_NEAR(estimate_all_reduce(A::recursive_doubling, S, inside) / (2 * (Li + S / Bi)), 1, 1e-12);
  EXPECT_NEAR(estimate_all_reduce(A::ring, S, inside) / (6 * (Li + S / 4 / Bi)), 1, 1e-12);
  EXPECT_NEAR(estimate_all_reduce(A::in_switch, S, inside) / (2 * Li + 1.25 * S / Bi), 1, 1e-12);
}

TEST(Estimate, BetweenIslandsTheSlowerPortDecidesEachRound) {
  // N = 8 on two islands.
  const Bytes S = 8e6;
  using A = AllReduceAlgorithm;
  // Each sends S to three neighbours, and S to four others over its NIC.
  EXPECT_NEAR(estimate_all_reduce(A::one_shot, S, across) / (Lf + 4 * S / Bf), 1, 1e-12);
  // Two rounds inside the islands, one swap between them.
  EXPECT_NEAR(estimate_all_reduce(A::recursive_doubling, S, across) / (2 * (Li + S / Bi) + Lf + S / Bf), 1, 1e-12);
  // 14 rounds, in each of which two neighbours sit on different islands.
  EXPECT_NEAR(estimate_all_reduce(A::ring, S, across) / (14 * (Lf + S / 8 / Bf)), 1, 1e-12);
  // Few bytes over the NIC, many inside: NVLink decides. Member 0 sends 80 kB to 1 and 1 kB to 4.
  const std::vector<Round> skewed = {{{{1, 800e3}, {4, 1e3}}, {}, {}, {}, {}, {}, {}, {}}};
  EXPECT_NEAR(estimate(skewed, across, tiers) / (Li + 800e3 / Bi), 1, 1e-12);
  // Incast: the receiver's port decides.
  const std::vector<Round> incast = {{{}, {{0, 100e3}}, {{0, 100e3}}, {{0, 100e3}}, {}, {}, {}, {}}};
  EXPECT_NEAR(estimate(incast, across, tiers) / (Li + 300e3 / Bi), 1, 1e-12);
}

TEST(Estimate, InAMeshTheFullestLinkDecides) {
  // N = 4, a link of Bi between each two: one-shot sends S over each, two-shot S/4 over each in both rounds; a ring
  // uses one link of three, S/4 in each of 6 rounds.
  const Bytes S = 8e6;
  const Tiers mesh{4, {Bi, Li}, {Bf, Lf}, true};
  const auto of = [&](AllReduceAlgorithm algorithm) {
    return estimate(all_reduce(algorithm, equal_shares(4, S)), inside, mesh);
  };
  using A = AllReduceAlgorithm;
  EXPECT_NEAR(of(A::one_shot) / (Li + S / Bi), 1, 1e-12);
  EXPECT_NEAR(of(A::two_shot) / (2 * (Li + S / 4 / Bi)), 1, 1e-12);
  EXPECT_NEAR(of(A::ring) / (6 * (Li + S / 4 / Bi)), 1, 1e-12);
  // Incast comes over links of its own; two transfers between the same two share one.
  const std::vector<Round> incast = {{{}, {{0, 100e3}}, {{0, 100e3}}, {{0, 100e3}, {0, 50e3}}}};
  EXPECT_NEAR(estimate(incast, inside, mesh) / (Li + 150e3 / Bi), 1, 1e-12);
}

TEST(Choice, OneShotForFewBytesTwoShotForMany) {
  // N = 4 inside: Li + 3 S/Bi = 2 Li + 1.5 S/Bi at S = Li Bi / 1.5 = 66.7 kB.
  const auto chosen = [](Bytes size) {
    return choose_all_reduce(AllReduceAlgorithm::automatic, equal_shares(4, size), inside, tiers).algorithm;
  };
  EXPECT_EQ(chosen(60e3), "one-shot");
  EXPECT_EQ(chosen(73e3), "two-shot");
}

TEST(Choice, RecursiveDoublingBetweenIslandsForBytesBetween) {
  // N = 8 across. one-shot Lf + 4 S/Bf; recursive doubling Lf + S/Bf + 2 Li + 2 S/Bi; two-shot 2 Lf + S/Bf. The first
  // two meet at S (3/Bf - 2/Bi) = 2 Li: 20 kB; the last two at 2 S/Bi = Lf - 2 Li: 50 kB.
  const auto chosen = [](Bytes size) {
    return choose_all_reduce(AllReduceAlgorithm::automatic, equal_shares(8, size), across, tiers).algorithm;
  };
  EXPECT_EQ(chosen(19e3), "one-shot");
  EXPECT_EQ(chosen(21e3), "recursive-doubling");
  EXPECT_EQ(chosen(49e3), "recursive-doubling");
  EXPECT_EQ(chosen(51e3), "two-shot");
}

TEST(Choice, DirectBeatsRingsWhereEveryPairHasItsOwnWay) {
  // Through a port go as many bytes, with fewer latencies.
  using G = GatherAlgorithm;
  EXPECT_EQ(choose_all_gather(G::automatic, equal_shares(8, 1e6), across, tiers).algorithm, "direct");
  EXPECT_EQ(choose_reduce_scatter(G::automatic, equal_shares(8, 1e6), across, tiers).algorithm, "direct");
  const std::vector<std::vector<Bytes>> uniform(4, std::vector<Bytes>(4, 1e6));
  EXPECT_EQ(choose_all_to_all(AllToAllAlgorithm::automatic, uniform, inside, tiers).algorithm, "direct");
}

TEST(Choice, WhatIsAskedForIsDone) {
  const auto shares = equal_shares(8, 1e3);
  const Chosen ring = choose_all_reduce(AllReduceAlgorithm::ring, shares, across, tiers);
  EXPECT_EQ(ring.algorithm, "ring");
  EXPECT_EQ(ring.rounds.size(), 14U);
  EXPECT_NO_THROW(choose_all_reduce(AllReduceAlgorithm::in_switch, equal_shares(4, 1e3), inside, tiers));
  EXPECT_THROW(choose_all_reduce(AllReduceAlgorithm::in_switch, shares, across, tiers), std::invalid_argument);
}

TEST(Choice, KnowsWhatEachMemberEndsUpWith) {
  const std::vector<Bytes> shares = {1, 10, 100, 1000};
  using V = std::vector<Bytes>;
  EXPECT_EQ(choose_all_reduce(AllReduceAlgorithm::automatic, shares, inside, tiers).result, V(4, 1111));
  EXPECT_EQ(choose_all_gather(GatherAlgorithm::automatic, shares, inside, tiers).result, (V{1110, 1101, 1011, 111}));
  EXPECT_EQ(choose_reduce_scatter(GatherAlgorithm::automatic, shares, inside, tiers).result, shares);
  EXPECT_EQ(choose_all_to_all(AllToAllAlgorithm::automatic, {{9, 1}, {2, 9}}, {0, 1}, tiers).result, (V{2, 1}));
}

}  // namespace
}  // namespace ringtail
