#include "collectives/choice.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ringtail {
namespace {

// Islands of four; the latency of the fabric is three times that of the island, its bandwidth a quarter.
constexpr Seconds Li = 1e-6, Lf = 3e-6;
constexpr BytesPerSecond Bi = 100e9, Bf = 25e9;

Platform islands_of_four() {
  Platform platform;
  platform.island = {4, Bi, 1.0, Li};
  platform.fabric = {Bf, 1.0, Lf};
  return platform;
}

const Wiring wiring(islands_of_four(), 8);
const std::vector<std::vector<int>> four = {{4, 5, 6, 7}};
const std::vector<std::vector<int>> eight = {{0, 1, 2, 3, 4, 5, 6, 7}};
const Group inside{wiring, four.front(), four};
const Group across{wiring, eight.front(), eight};

std::vector<Bytes> equal_shares(std::size_t n, Bytes size) {
  return std::vector<Bytes>(n, size / static_cast<double>(n));
}

Seconds estimate_all_reduce(AllReduceAlgorithm algorithm, Bytes size, const Group& group) {
  return estimate(all_reduce(algorithm, equal_shares(group.ranks.size(), size)), group);
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
  EXPECT_NEAR(estimate(skewed, across) / (Li + 800e3 / Bi), 1, 1e-12);
  // Incast: the receiver's port decides.
  const std::vector<Round> incast = {{{}, {{0, 100e3}}, {{0, 100e3}}, {{0, 100e3}}, {}, {}, {}, {}}};
  EXPECT_NEAR(estimate(incast, across) / (Li + 300e3 / Bi), 1, 1e-12);
}

TEST(Estimate, InAMeshTheFullestLinkDecides) {
  // N = 4, a link of Bi between each two: one-shot sends S over each, two-shot S/4 over each in both rounds; a ring
  // uses one link of three, S/4 in each of 6 rounds.
  const Bytes S = 8e6;
  Platform platform = islands_of_four();
  platform.island.topology = Island::Topology::mesh;
  const Wiring mesh(platform, 8);
  const Group group{mesh, four.front(), four};
  const auto of = [&](AllReduceAlgorithm algorithm) { return estimate_all_reduce(algorithm, S, group); };
  using A = AllReduceAlgorithm;
  EXPECT_NEAR(of(A::one_shot) / (Li + S / Bi), 1, 1e-12);
  EXPECT_NEAR(of(A::two_shot) / (2 * (Li + S / 4 / Bi)), 1, 1e-12);
  EXPECT_NEAR(of(A::ring) / (6 * (Li + S / 4 / Bi)), 1, 1e-12);
  // Incast comes over links of its own; two transfers between the same two share one.
  const std::vector<Round> incast = {{{}, {{0, 100e3}}, {{0, 100e3}}, {{0, 100e3}, {0, 50e3}}}};
  EXPECT_NEAR(estimate(incast, group) / (Li + 150e3 / Bi), 1, 1e-12);
}

TEST(Choice, OneShotForFewBytesTwoShotForMany) {
  // N = 4 inside: Li + 3 S/Bi = 2 Li + 1.5 S/Bi at S = Li Bi / 1.5 = 66.7 kB.
  const auto chosen = [](Bytes size) {
    return choose_all_reduce(AllReduceAlgorithm::automatic, equal_shares(4, size), inside).algorithm;
  };
  EXPECT_EQ(chosen(60e3), "one-shot");
  EXPECT_EQ(chosen(73e3), "two-shot");
}

TEST(Choice, RecursiveDoublingBetweenIslandsForBytesBetween) {
  // N = 8 across. one-shot Lf + 4 S/Bf; recursive doubling Lf + S/Bf + 2 Li + 2 S/Bi; two-shot 2 Lf + S/Bf. The first
  // two meet at S (3/Bf - 2/Bi) = 2 Li: 20 kB; the last two at 2 S/Bi = Lf - 2 Li: 50 kB.
  const auto chosen = [](Bytes size) {
    return choose_all_reduce(AllReduceAlgorithm::automatic, equal_shares(8, size), across).algorithm;
  };
  EXPECT_EQ(chosen(19e3), "one-shot");
  EXPECT_EQ(chosen(21e3), "recursive-doubling");
  EXPECT_EQ(chosen(49e3), "recursive-doubling");
  EXPECT_EQ(chosen(51e3), "two-shot");
}

TEST(Choice, OnAMeshOneShotLastsLonger) {
  // Each pair has its own link, so a round takes what one pair sends: one-shot Li + S/Bi, two-shot 2 (Li + S/4/Bi),
  // which meet at S = 2 Li Bi = 200 kB instead of 66.7 kB.
  Platform platform = islands_of_four();
  platform.island.topology = Island::Topology::mesh;
  const Wiring mesh(platform, 8);
  const Group group{mesh, four.front(), four};
  const auto chosen = [&](Bytes size) {
    return choose_all_reduce(AllReduceAlgorithm::automatic, equal_shares(4, size), group).algorithm;
  };
  EXPECT_EQ(chosen(195e3), "one-shot");
  EXPECT_EQ(chosen(205e3), "two-shot");
  EXPECT_THROW(choose_all_reduce(AllReduceAlgorithm::in_switch, equal_shares(4, 1e3), group), std::invalid_argument);
}

TEST(Choice, BehindASharedNicRingsCarryManyBytes) {
  // One NIC per island of four. Over it go: one-shot 16 S; recursive doubling 4 S; two-shot twice 16 S/8; ring, whose
  // neighbours meet once on each island, 14 times S/8. One-shot meets recursive doubling, Lf + 4 S/Bf + 2 (Li + S/Bi),
  // at S = 2 Li / (12/Bf - 2/Bi) = 4.35 kB; that meets two-shot, 2 Lf + 4 S/Bf, at 50 kB as with own NICs; and two-shot
  // meets ring, 14 Lf + 1.75 S/Bf, at S = 12 Lf Bf / 2.25 = 400 kB.
  Platform platform = islands_of_four();
  platform.fabric.nics_per_island = 1;
  const Wiring shared(platform, 8);
  const auto chosen = [&](Bytes size) {
    return choose_all_reduce(AllReduceAlgorithm::automatic, equal_shares(8, size), {shared, eight.front(), eight})
        .algorithm;
  };
  EXPECT_EQ(chosen(4.2e3), "one-shot");
  EXPECT_EQ(chosen(4.5e3), "recursive-doubling");
  EXPECT_EQ(chosen(49e3), "recursive-doubling");
  EXPECT_EQ(chosen(51e3), "two-shot");
  EXPECT_EQ(chosen(390e3), "two-shot");
  EXPECT_EQ(chosen(410e3), "ring");
}

TEST(Estimate, OtherGroupsOnTheSameNicTakeTheirShare) {
  // Pairs of GPUs on different islands, as of KVP groups: alone a swap has the NIC's whole bandwidth, beside three
  // others a quarter. On NICs of their own, others do not matter.
  Platform platform = islands_of_four();
  platform.fabric.nics_per_island = 1;
  const Wiring shared(platform, 8);
  const std::vector<std::vector<int>> pairs = {{0, 4}, {1, 5}, {2, 6}, {3, 7}};
  const std::vector<std::vector<int>> alone = {pairs[2]};
  const std::vector<Round> swap = {{{{1, 1e6}}, {{0, 1e6}}}};
  EXPECT_NEAR(estimate(swap, {shared, alone.front(), alone}) / (Lf + 1e6 / Bf), 1, 1e-12);
  EXPECT_NEAR(estimate(swap, {shared, pairs[2], pairs}) / (Lf + 4e6 / Bf), 1, 1e-12);
  EXPECT_NEAR(estimate(swap, {wiring, pairs[2], pairs}) / (Lf + 1e6 / Bf), 1, 1e-12);
}

TEST(Choice, DirectBeatsRingsWhereEveryPairHasItsOwnWay) {
  // Through a port go as many bytes, with fewer latencies.
  using G = GatherAlgorithm;
  EXPECT_EQ(choose_all_gather(G::automatic, equal_shares(8, 1e6), across).algorithm, "direct");
  EXPECT_EQ(choose_reduce_scatter(G::automatic, equal_shares(8, 1e6), across).algorithm, "direct");
  const std::vector<std::vector<Bytes>> uniform(4, std::vector<Bytes>(4, 1e6));
  EXPECT_EQ(choose_all_to_all(AllToAllAlgorithm::automatic, uniform, inside).algorithm, "direct");
}

TEST(Choice, WhatIsAskedForIsDone) {
  const auto shares = equal_shares(8, 1e3);
  const Chosen ring = choose_all_reduce(AllReduceAlgorithm::ring, shares, across);
  EXPECT_EQ(ring.algorithm, "ring");
  EXPECT_EQ(ring.rounds.size(), 14U);
  EXPECT_NO_THROW(choose_all_reduce(AllReduceAlgorithm::in_switch, equal_shares(4, 1e3), inside));
  EXPECT_THROW(choose_all_reduce(AllReduceAlgorithm::in_switch, shares, across), std::invalid_argument);
}

TEST(Choice, KnowsWhatEachMemberEndsUpWith) {
  const std::vector<Bytes> shares = {1, 10, 100, 1000};
  const std::vector<std::vector<int>> pair = {{0, 1}};
  using V = std::vector<Bytes>;
  EXPECT_EQ(choose_all_reduce(AllReduceAlgorithm::automatic, shares, inside).result, V(4, 1111));
  EXPECT_EQ(choose_all_gather(GatherAlgorithm::automatic, shares, inside).result, (V{1110, 1101, 1011, 111}));
  EXPECT_EQ(choose_reduce_scatter(GatherAlgorithm::automatic, shares, inside).result, shares);
  EXPECT_EQ(choose_all_to_all(AllToAllAlgorithm::automatic, {{9, 1}, {2, 9}}, {wiring, pair.front(), pair}).result,
            (V{2, 1}));
}

}  // namespace
}  // namespace ringtail
