#include "collectives/collectives.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace ringtail {
namespace {

Bytes sent(const std::vector<Round>& rounds, std::size_t member) {
  Bytes sum = 0;
  for (const Round& round : rounds)
    for (const Transfer& transfer : round[member]) sum += transfer.bytes;
  return sum;
}

Bytes received(const std::vector<Round>& rounds, std::size_t member) {
  Bytes sum = 0;
  for (const Round& round : rounds)
    for (const auto& row : round)
      for (const Transfer& transfer : row)
        if (transfer.dst == static_cast<int>(member)) sum += transfer.bytes;
  return sum;
}

// Shares that are all different, so that a share sent in place of another shows.
const std::vector<Bytes> shares = {1, 10, 100, 1000, 10000};
const Bytes total = 11111;

TEST(AllGather, EveryoneReceivesAllOtherShares) {
  // What member i lacks at first is everything but its own share; nothing needs to come twice.
  for (const auto algorithm : {GatherAlgorithm::direct, GatherAlgorithm::ring})
    for (std::size_t i = 0; i < shares.size(); ++i)
      EXPECT_EQ(received(all_gather(algorithm, shares), i), total - shares[i]);
}

TEST(AllGather, RingPassesSharesOnToTheSuccessorOnly) {
  const auto rounds = all_gather(GatherAlgorithm::ring, shares);
  ASSERT_EQ(rounds.size(), 4U);
  // Follow the shares by hand: a member may only send what it had before the round.
  std::vector<std::set<Bytes>> held;
  for (const Bytes share : shares) held.push_back({share});
  for (const Round& round : rounds) {
    const auto before = held;
    for (std::size_t i = 0; i < round.size(); ++i) {
      ASSERT_EQ(round[i].size(), 1U);
      EXPECT_EQ(round[i][0].dst, static_cast<int>((i + 1) % 5));
      EXPECT_TRUE(before[i].contains(round[i][0].bytes));
      held[(i + 1) % 5].insert(round[i][0].bytes);
    }
  }
  for (const auto& set : held) EXPECT_EQ(set.size(), 5U);
}

TEST(ReduceScatter, RingAddsUpEveryShareOnItsWayHome) {
  // Simulate the sums: contribution[i][c] is how many members' parts of share c member i has added up. In each round
  // the partial sum of one share moves on and is added to the receiver's own part. In the end member i must hold all 5
  // parts of share i.
  const auto rounds = reduce_scatter(GatherAlgorithm::ring, shares);
  ASSERT_EQ(rounds.size(), 4U);
  std::vector<std::vector<int>> parts(5, std::vector<int>(5, 1));
  for (const Round& round : rounds) {
    const auto before = parts;
    for (std::size_t i = 0; i < 5; ++i) {
      const auto share =
          static_cast<std::size_t>(std::find(shares.begin(), shares.end(), round[i].at(0).bytes) - shares.begin());
      parts[(i + 1) % 5][share] += before[i][share];
    }
  }
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(parts[i][i], 5);
}

TEST(ReduceScatter, DirectSendsEachShareToItsMember) {
  const auto rounds = reduce_scatter(GatherAlgorithm::direct, shares);
  ASSERT_EQ(rounds.size(), 1U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(sent(rounds, i), total - shares[i]);  // All shares but its own leave it,
    EXPECT_EQ(received(rounds, i), 4 * shares[i]);  // and the four others' parts of its own come in.
  }
}

TEST(AllReduce, RingWithEqualSharesMovesTwiceTheWholeOverNPerRound) {
  // Patarasuk and Yuan 2009: 2(N-1) rounds of S/N bytes on every link of the ring, the least possible.
  const Bytes size = 8000;
  const int n = 8;
  const auto rounds = all_reduce(AllReduceAlgorithm::ring, std::vector<Bytes>(n, size / n));
  ASSERT_EQ(rounds.size(), 14U);
  for (const Round& round : rounds)
    for (const auto& row : round) {
      ASSERT_EQ(row.size(), 1U);
      EXPECT_EQ(row[0].bytes, size / n);
    }
}

TEST(AllReduce, BothAlgorithmsMoveTheSameBytes) {
  // Two-shot and ring are bandwidth-optimal alike: each member sends 2 S (N-1)/N for equal shares.
  const std::vector<Bytes> equal(6, 600);
  for (std::size_t i = 0; i < 6; ++i)
    for (const auto algorithm : {AllReduceAlgorithm::ring, AllReduceAlgorithm::two_shot})
      EXPECT_DOUBLE_EQ(sent(all_reduce(algorithm, equal), i), 2.0 * 3600 * 5 / 6);
}

TEST(Collectives, OneMemberNeedsNoRounds) {
  EXPECT_TRUE(all_gather(GatherAlgorithm::ring, {5}).empty());
  EXPECT_TRUE(all_gather(GatherAlgorithm::direct, {5}).empty());
  EXPECT_TRUE(reduce_scatter(GatherAlgorithm::direct, {5}).empty());
  EXPECT_TRUE(all_reduce(AllReduceAlgorithm::two_shot, {5}).empty());
  EXPECT_TRUE(all_to_all({{5}}).empty());
}

TEST(AllToAll, LeavesTheDiagonalAndNothingsOut) {
  const auto rounds = all_to_all({{7, 1, 0}, {2, 7, 3}, {0, 0, 7}});
  ASSERT_EQ(rounds.size(), 1U);
  EXPECT_EQ(rounds[0][0].size(), 1U);
  EXPECT_EQ(rounds[0][1].size(), 2U);
  EXPECT_TRUE(rounds[0][2].empty());
}

TEST(MakeExchange, TurnsMembersIntoRanksAndCountsIncoming) {
  const Exchange exchange = make_exchange({{{1, 5.0}, {2, 6.0}}, {}, {{1, 7.0}}}, {10, 20, 30});
  EXPECT_EQ(exchange.row(0).size(), 2U);
  EXPECT_EQ(exchange.row(0)[1].dst, 30);
  EXPECT_EQ(exchange.row(0)[1].bytes, 6.0);
  EXPECT_TRUE(exchange.row(1).empty());
  EXPECT_EQ(exchange.incoming, (std::vector<std::uint32_t>{0, 2, 1}));
}

}  // namespace
}  // namespace ringtail
