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

TEST(AllReduce, OneShotSendsEverythingToEveryone) {
  const auto rounds = all_reduce(AllReduceAlgorithm::one_shot, shares);
  ASSERT_EQ(rounds.size(), 1U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(sent(rounds, i), 4 * total);  // (N-1) S out
    EXPECT_EQ(received(rounds, i), 4 * total);
  }
}

TEST(AllReduce, RecursiveDoublingAddsEveryPartOnce) {
  // Follow the sums: parts[i][m] is how often member m's part is in member i's sum. Sums of all bytes are swapped and
  // added, so a part that came twice would be counted twice; in the last round of a group that is no power of two the
  // finished sum replaces what a folded member has.
  for (const std::size_t n : {2U, 3U, 4U, 5U, 6U, 7U, 8U, 12U, 13U}) {
    const auto rounds = all_reduce(AllReduceAlgorithm::recursive_doubling, std::vector<Bytes>(n, 100));
    const bool is_power = (n & (n - 1)) == 0;
    std::size_t log2 = 0;
    while ((std::size_t{2} << log2) <= n) ++log2;
    EXPECT_EQ(rounds.size(), log2 + (is_power ? 0 : 2)) << n;
    std::vector<std::vector<int>> parts(n, std::vector<int>(n, 0));
    for (std::size_t i = 0; i < n; ++i) parts[i][i] = 1;
    for (std::size_t r = 0; r < rounds.size(); ++r) {
      const auto before = parts;
      for (std::size_t i = 0; i < n; ++i) {
        for (const Transfer& transfer : rounds[r][i]) {
          EXPECT_EQ(transfer.bytes, 100.0 * static_cast<double>(n));  // All S bytes in each round.
          auto& sum = parts[static_cast<std::size_t>(transfer.dst)];
          for (std::size_t m = 0; m < n; ++m)
            sum[m] = !is_power && r + 1 == rounds.size() ? before[i][m] : sum[m] + before[i][m];
        }
      }
    }
    for (const auto& sum : parts) EXPECT_EQ(sum, std::vector<int>(n, 1)) << n;
  }
}

TEST(AllReduce, InSwitchLoadsEachPortWithALittleMoreThanTheWhole) {
  // S (1 + 1/N) out and in. The switch deals out the elements evenly, whoever owns the tokens.
  const auto rounds = all_reduce(AllReduceAlgorithm::in_switch, shares);
  ASSERT_EQ(rounds.size(), 2U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(sent(rounds, i) / (total * 1.2), 1, 1e-12);
    EXPECT_NEAR(received(rounds, i) / (total * 1.2), 1, 1e-12);
  }
}

TEST(Collectives, AnAlgorithmMustBeChosenFirst) {
  EXPECT_THROW(all_reduce(AllReduceAlgorithm::automatic, shares), std::invalid_argument);
  EXPECT_THROW(all_gather(GatherAlgorithm::automatic, shares), std::invalid_argument);
  EXPECT_THROW(reduce_scatter(GatherAlgorithm::automatic, shares), std::invalid_argument);
  EXPECT_THROW(all_to_all(AllToAllAlgorithm::automatic, {{0, 1}, {1, 0}}), std::invalid_argument);
}

TEST(Collectives, OneMemberNeedsNoRounds) {
  EXPECT_TRUE(all_gather(GatherAlgorithm::ring, {5}).empty());
  EXPECT_TRUE(all_gather(GatherAlgorithm::direct, {5}).empty());
  EXPECT_TRUE(reduce_scatter(GatherAlgorithm::direct, {5}).empty());
  EXPECT_TRUE(all_reduce(AllReduceAlgorithm::two_shot, {5}).empty());
  EXPECT_TRUE(all_to_all(AllToAllAlgorithm::direct, {{5}}).empty());
}

TEST(AllToAll, LeavesTheDiagonalAndNothingsOut) {
  const auto rounds = all_to_all(AllToAllAlgorithm::direct, {{7, 1, 0}, {2, 7, 3}, {0, 0, 7}});
  ASSERT_EQ(rounds.size(), 1U);
  EXPECT_EQ(rounds[0][0].size(), 1U);
  EXPECT_EQ(rounds[0][1].size(), 2U);
  EXPECT_TRUE(rounds[0][2].empty());
}

/// Messages that are powers of two, so that a sum says which it is made of.
std::vector<std::vector<Bytes>> powers_of_two(std::size_t n) {
  std::vector<std::vector<Bytes>> bytes(n, std::vector<Bytes>(n));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) bytes[i][j] = static_cast<Bytes>(std::uint64_t{1} << (i * n + j));
  return bytes;
}

TEST(AllToAll, PairwiseMeetsEachPartnerOnce) {
  for (const std::size_t n : {4U, 5U, 7U}) {
    const auto bytes = powers_of_two(n);
    const auto rounds = all_to_all(AllToAllAlgorithm::pairwise, bytes);
    ASSERT_EQ(rounds.size(), n - 1);
    std::set<std::pair<std::size_t, int>> met;
    for (const Round& round : rounds) {
      std::set<int> receivers;
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(round[i].size(), 1U);
        const Transfer& transfer = round[i][0];
        EXPECT_EQ(transfer.bytes, bytes[i][static_cast<std::size_t>(transfer.dst)]);
        EXPECT_TRUE(receivers.insert(transfer.dst).second);  // No port has two transfers at once.
        EXPECT_TRUE(met.insert({i, transfer.dst}).second);
        if (n == 4) {
          EXPECT_EQ(round[static_cast<std::size_t>(transfer.dst)][0].dst, static_cast<int>(i));  // They swap.
        }
      }
    }
    EXPECT_EQ(met.size(), n * (n - 1));
  }
}

TEST(AllToAll, RingBringsEveryMessageHomeOverNeighbours) {
  for (const std::size_t n : {2U, 4U, 5U, 7U}) {
    const auto rounds = all_to_all(AllToAllAlgorithm::ring, powers_of_two(n));
    ASSERT_EQ(rounds.size(), n - 1);
    std::vector<std::size_t> at(n * n);  // Where message i·n + j, from i to j, is.
    for (std::size_t message = 0; message < n * n; ++message) at[message] = message / n;
    for (const Round& round : rounds) {
      const auto before = at;
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(round[i].size(), 1U);
        EXPECT_EQ(round[i][0].dst, static_cast<int>((i + 1) % n));
        const auto messages = static_cast<std::uint64_t>(round[i][0].bytes);
        for (std::size_t message = 0; message < n * n; ++message) {
          if ((messages >> message & 1U) == 0) continue;
          EXPECT_EQ(before[message], i);  // Only what it has can it pass on.
          at[message] = (i + 1) % n;
        }
      }
    }
    for (std::size_t message = 0; message < n * n; ++message) EXPECT_EQ(at[message], message % n);
  }
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
