#include "routing/rebalancing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

namespace ringtail {
namespace {

using Experts = std::vector<std::uint16_t>;

std::set<std::tuple<int, int, int>> as_set(const std::vector<ExpertMove>& moves) {
  std::set<std::tuple<int, int, int>> set;
  for (const ExpertMove& move : moves) set.emplace(move.expert, move.from, move.to);
  return set;
}

// Two ranks exchange experts 1 and 2; an expert that stays on its rank, in another slot, is not moved.
TEST(ExpertMoves, OnlyWhatARankLacks) {
  const ExpertPlacement before{4, 2, {0, 1, 2, 3}};
  EXPECT_EQ(as_set(expert_moves(before, {4, 2, {2, 0, 3, 1}}, 2)),
            (std::set<std::tuple<int, int, int>>{{2, 1, 0}, {1, 0, 1}}));
  EXPECT_TRUE(expert_moves(before, {4, 2, {1, 0, 3, 2}}, 2).empty());
}

// A rank with two replicas of a new expert receives it once and copies it.
TEST(ExpertMoves, TwoReplicasOnARankComeOnce) {
  const std::vector<ExpertMove> moves = expert_moves({2, 2, {0, 0, 1, 1}}, {2, 2, {1, 1, 0, 0}}, 2);
  EXPECT_EQ(as_set(moves), (std::set<std::tuple<int, int, int>>{{1, 1, 0}, {0, 0, 1}}));
}

// Ranks 0 and 1 are an island, 2 and 3 another. Expert 0 is on ranks 1 and 2: rank 3 takes it from rank 2, its
// neighbour, and rank 0 from rank 1, though rank 2 sends as little.
TEST(ExpertMoves, FromTheOwnIslandFirst) {
  const ExpertPlacement before{5, 4, {1, 2, 0, 3, 0, 3, 4, 1}};
  const ExpertPlacement after{5, 4, {0, 1, 0, 3, 0, 3, 0, 4}};
  EXPECT_EQ(as_set(expert_moves(before, after, 2)), (std::set<std::tuple<int, int, int>>{{0, 1, 0}, {0, 2, 3}}));
}

// Of two that have it on the same island, first one, then the other.
TEST(ExpertMoves, SendersTakeTurns) {
  const ExpertPlacement before{3, 4, {0, 0, 1, 2}};
  const std::vector<ExpertMove> moves = expert_moves(before, {3, 4, {1, 2, 0, 0}}, 4);
  EXPECT_EQ(as_set(moves), (std::set<std::tuple<int, int, int>>{{1, 2, 0}, {2, 3, 1}, {0, 0, 2}, {0, 1, 3}}));
}

// Whatever the placements: with what was moved to it each rank has what it needs, and senders had what they sent.
TEST(ExpertMoves, LeadToTheNewPlacement) {
  const RandomStream stream(3, 0, "test");
  const std::vector<double> loads(40, 1.0);
  for (int i = 0; i < 20; ++i) {
    const PlacementProblem problem{loads, 7, 52, 3, 1};
    const ExpertPlacement before = place_randomly(problem, stream, i);
    const ExpertPlacement after = place_randomly(problem, stream, i + 100);
    const auto had = before.ranks_of_experts();
    auto has = had;
    for (const auto& [expert, from, to] : expert_moves(before, after, 3)) {
      EXPECT_TRUE(std::count(had[expert].begin(), had[expert].end(), from));
      EXPECT_FALSE(std::count(has[expert].begin(), has[expert].end(), to)) << "moved in vain";
      has[expert].push_back(to);
    }
    const auto needed = after.ranks_of_experts();
    for (std::size_t expert = 0; expert < needed.size(); ++expert)
      for (const int rank : needed[expert])
        EXPECT_TRUE(std::count(has[expert].begin(), has[expert].end(), rank)) << "expert " << expert;
  }
}

/// Four experts on two ranks of two slots, one layer, with events before steps .., 6, 10, 14, ..: EPLB of the counts.
Rebalancing four_experts(int window, const std::function<std::vector<int>(int)>& count) {
  return Rebalancing({.rebalance = {4, window},
                      .event = 10,
                      .count = count,
                      .place =
                          [](std::span<const double> loads, int) {
                            return place_eplb({loads, 2, 4, 2, 1});
                          },
                      .layers = 1,
                      .choosing = RandomStream(1, 0, replica_stream),
                      .ranks_per_island = 2});
}

TEST(Rebalancing, EventsAreEverySoManySteps) {
  const Rebalancing rebalancing = four_experts(3, [](int) { return std::vector<int>{1, 1, 1, 1}; });
  std::vector<int> events;
  for (int step = -8; step < 20; ++step)
    if (rebalancing.is_event(step)) events.push_back(step);
  EXPECT_EQ(events, (std::vector<int>{-6, -2, 2, 6, 10, 14, 18}));
}

// The placement of steps 10 .. 13 knows the three steps before 10, and no other.
TEST(Rebalancing, KnowsThePastAlone) {
  std::set<int> asked;
  Rebalancing rebalancing = four_experts(3, [&](int step) {
    asked.insert(step);
    return std::vector<int>{4, 3, 2, 1};
  });
  (void)rebalancing.slots(12);
  EXPECT_EQ(asked, (std::set<int>{7, 8, 9}));
}

// Until step 10 experts 0 and 1 are hot, 3 copies each to 1 of the others. EPLB by hand: 0 to the first rank, 1 to the
// other, 2 to the first, 3 to the other; 4 copies on each. From step 10 on 0 and 2 are hot: 6 on the first rank, 2 on
// the other, 1.5 times the mean. At step 14 that is known: 0 to the first rank, 2 to the other, 1 to the first, 3 to
// the other, so 1 and 2 change places and ranks are even again.
TEST(Rebalancing, FollowsWhatChanges) {
  Rebalancing rebalancing = four_experts(4, [](int step) {
    return step < 10 ? std::vector<int>{3, 3, 1, 1} : std::vector<int>{3, 1, 3, 1};
  });
  const RebalanceSummary at10 = rebalancing.summary(10, 11);
  EXPECT_EQ(at10.events, 1);
  EXPECT_EQ(at10.moves, 0);
  EXPECT_DOUBLE_EQ(at10.built_max_over_mean, 1);
  EXPECT_DOUBLE_EQ(at10.stale_max_over_mean, 1);
  EXPECT_DOUBLE_EQ(at10.fresh_max_over_mean, 1.5);
  const RebalanceSummary at14 = rebalancing.summary(14, 15);
  EXPECT_DOUBLE_EQ(at14.built_max_over_mean, 1);
  EXPECT_DOUBLE_EQ(at14.stale_max_over_mean, 1.5);
  EXPECT_DOUBLE_EQ(at14.fresh_max_over_mean, 1);
  EXPECT_EQ(at14.moves, 2);
  EXPECT_DOUBLE_EQ(at14.moved_slots, 0.5);
  EXPECT_EQ(at14.most_received, 1);
  EXPECT_EQ(at14.most_sent, 1);
}

// Counts that do not change move nothing, however often.
TEST(Rebalancing, MovesNothingWithoutChange) {
  Rebalancing rebalancing = four_experts(2, [](int) { return std::vector<int>{5, 1, 4, 2}; });
  const RebalanceSummary summary = rebalancing.summary(0, 40);
  EXPECT_EQ(summary.events, 10);
  EXPECT_EQ(summary.moves, 0);
  EXPECT_DOUBLE_EQ(summary.built_max_over_mean, summary.fresh_max_over_mean);
  EXPECT_DOUBLE_EQ(summary.built_max_over_mean, summary.stale_max_over_mean);
}

}  // namespace
}  // namespace ringtail
