#include "accounting/accounting.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "collectives/round.hpp"

namespace ringtail {
namespace {

/// Names only: the tests below say themselves what happens.
class TwoRanks final : public Program {
 public:
  [[nodiscard]] int ranks() const override { return 2; }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return stages_; }
  [[nodiscard]] const std::vector<std::string>& families() const override { return families_; }
  void next(int /*rank*/, std::vector<Op>& /*ops*/) override {}

 private:
  std::vector<std::string> stages_ = {"a", "b"};
  std::vector<std::string> families_ = {"exchange"};
};

Kernel kernel(int stage, Seconds overhead, Seconds compute, Seconds hbm) {
  return {stage, 0, 0, 0, overhead, compute, hbm};
}

/// Rank 0 and rank 1 send each other something.
Exchange swap(std::uint64_t id) {
  Exchange exchange = make_exchange({{{1, 1.0}}, {{0, 1.0}}}, {0, 1});
  exchange.id = exchange.collective = id;
  exchange.layer = 0;
  return exchange;
}

/// One step of two ranks, by hand, beginning at `t`:
///
///     rank 0   kernel a: overhead 1, HBM 2   | waits 6 .. until 9   | kernel b: compute 1
///     rank 1   kernel a: overhead 1, compute 5 | waits .. until 7   | kernel b: overhead 1, HBM 2
///
/// Rank 0 posts at 3 and its data reach rank 1 at 7; rank 1 posts at 6 and its data reach rank 0 at 9.
/// Rank 0 ends at 10, rank 1 at 10.
void play_step(Accounting& accounting, int step, Seconds t) {
  const Exchange exchange = swap(static_cast<std::uint64_t>(step));
  accounting.kernel(0, kernel(0, 1, 0.5, 2), t, t + 3);
  accounting.post(0, exchange, t + 3);
  accounting.kernel(1, kernel(0, 1, 5, 5), t, t + 6);
  accounting.post(1, exchange, t + 6);
  accounting.received(1, exchange, t + 7);
  accounting.await(1, exchange, t + 6, t + 7, 0);
  accounting.received(0, exchange, t + 9);
  accounting.await(0, exchange, t + 3, t + 9, 1);
  accounting.kernel(0, kernel(1, 0, 1, 0), t + 9, t + 10);
  accounting.end_step(0, step, t + 10);
  accounting.kernel(1, kernel(1, 1, 0, 2), t + 7, t + 10);
  accounting.end_step(1, step, t + 10);
}

Seconds of(const StateSeconds& states, State state) { return states[static_cast<std::size_t>(state)]; }

TEST(Accounting, BooksStatesAsDefined) {
  const TwoRanks program;
  Accounting accounting(program, 1, 0, 1);
  play_step(accounting, 0, 0.0);
  ASSERT_TRUE(accounting.finished());
  EXPECT_EQ(*accounting.window().end, 10.0);
  // Rank 0 waits in [3, 9] for rank 1, whose kernel ends at 6: 3 s for the straggler, 3 s for the network.
  const StateSeconds& rank0 = accounting.breakdown()[0];
  EXPECT_EQ(of(rank0, State::overhead), 1);
  EXPECT_EQ(of(rank0, State::hbm_bound), 2);
  EXPECT_EQ(of(rank0, State::compute_bound), 1);
  EXPECT_EQ(of(rank0, State::straggler_wait), 3);
  EXPECT_EQ(of(rank0, State::exposed_communication), 3);
  EXPECT_EQ(of(rank0, State::idle), 0);
  // Rank 1 waits in [6, 7] for data that rank 0 had sent at 3: all of it is the network's. Equal compute and HBM time
  // is compute-bound.
  const StateSeconds& rank1 = accounting.breakdown()[1];
  EXPECT_EQ(of(rank1, State::overhead), 2);
  EXPECT_EQ(of(rank1, State::compute_bound), 5);
  EXPECT_EQ(of(rank1, State::hbm_bound), 2);
  EXPECT_EQ(of(rank1, State::exposed_communication), 1);
  EXPECT_EQ(of(rank1, State::straggler_wait), 0);
}

TEST(Accounting, SumsWhatKernelsAskFor) {
  // By hand from play_step: compute 0.5 + 1 on rank 0 and 5 on rank 1; HBM 2 and 5 + 2. Steps before and after the
  // window [10, 20] add nothing.
  const TwoRanks program;
  Accounting accounting(program, 1, 1, 1);
  for (int step = 0; step < 3; ++step) play_step(accounting, step, 10.0 * step);
  EXPECT_EQ(accounting.work().compute, 6.5);
  EXPECT_EQ(accounting.work().hbm, 9);
}

TEST(Accounting, OverlapCountsFromFirstPostToLastReceive) {
  const TwoRanks program;
  Accounting accounting(program, 1, 0, 1);
  play_step(accounting, 0, 0.0);
  // Rank 0: active in [3, 9], waiting 3, exposed 3. Rank 1: active in [6, 7], exposed 1. The tails are the exposed
  // ends.
  const OverlapSeconds& family = accounting.overlap()[0];
  EXPECT_EQ(family.waiting, 3);
  EXPECT_EQ(family.exposed, 4);
  EXPECT_EQ(family.hidden, 0);
  EXPECT_EQ(family.overhead, 0);
  EXPECT_EQ(family.tail, 4);
  EXPECT_EQ(family.total(), 7);
}

TEST(Accounting, HiddenCommunicationIsBookedAsHidden) {
  // Rank 0 posts at 0, computes in [0, 4] (overhead 1) while the data travel until 3, and needs them at 4: no wait.
  const TwoRanks program;
  Accounting accounting(program, 1, 0, 1);
  const Exchange exchange = swap(0);
  accounting.post(0, exchange, 0);
  accounting.post(1, exchange, 0);
  accounting.received(0, exchange, 3);
  accounting.kernel(0, kernel(0, 1, 3, 0), 0, 4);
  accounting.await(0, exchange, 4, 4, 1);
  accounting.end_step(0, 0, 4);
  accounting.received(1, exchange, 3);
  accounting.kernel(1, kernel(0, 1, 3, 0), 0, 4);
  accounting.await(1, exchange, 4, 4, 0);
  accounting.end_step(1, 0, 4);
  ASSERT_TRUE(accounting.finished());
  const OverlapSeconds& family = accounting.overlap()[0];
  EXPECT_EQ(family.overhead, 2);  // [0, 1] on both ranks,
  EXPECT_EQ(family.hidden, 4);    // [1, 3] on both.
  EXPECT_EQ(family.exposed, 0);
  EXPECT_EQ(family.tail, 0);
}

TEST(Accounting, TwoCollectivesAtOnceShareTheTime) {
  // Two exchanges are active in [0, 2], one more second only the second: with c active each counts 1/c, so their sum is
  // the time in which any was active, 3 s per rank.
  const TwoRanks program;
  Accounting accounting(program, 1, 0, 1);
  const Exchange first = swap(0);
  const Exchange second = swap(1);
  for (const int rank : {0, 1}) {
    accounting.post(rank, first, 0);
    accounting.post(rank, second, 0);
  }
  for (const int rank : {0, 1}) {
    accounting.received(rank, first, 2);
    accounting.await(rank, first, 0, 2, 1 - rank);
    accounting.received(rank, second, 3);
    accounting.await(rank, second, 2, 3, 1 - rank);
    accounting.end_step(rank, 0, 3);
  }
  EXPECT_EQ(accounting.overlap()[0].total(), 6);
  // The first's share of [0, 2] is 1; the second's is 1 and all of [2, 3]. All is exposed to the end: so are the tails.
  EXPECT_EQ(accounting.overlap()[0].tail, 2 * (1 + 2));
}

TEST(Accounting, WhoPostsAfterItHasReceivedAllIsNeverInTheCollective) {
  // Rank 1 computes until 5 while rank 0's data have come at 2: between its post and its last receive lies no time, and
  // its later kernel hides nothing.
  const TwoRanks program;
  Accounting accounting(program, 1, 0, 1);
  const Exchange exchange = swap(0);
  accounting.kernel(0, kernel(0, 0, 1, 0), 0, 1);
  accounting.post(0, exchange, 1);
  accounting.received(1, exchange, 2);
  accounting.kernel(1, kernel(0, 0, 5, 0), 0, 5);
  accounting.post(1, exchange, 5);
  accounting.await(1, exchange, 5, 5, 0);
  accounting.received(0, exchange, 6);
  accounting.await(0, exchange, 1, 6, 1);
  accounting.end_step(0, 0, 6);
  accounting.kernel(1, kernel(1, 0, 1, 0), 5, 6);
  accounting.end_step(1, 0, 6);
  ASSERT_TRUE(accounting.finished());
  const OverlapSeconds& family = accounting.overlap()[0];
  EXPECT_EQ(family.hidden, 0);
  EXPECT_EQ(family.waiting, 4);  // Rank 0 in [1, 5],
  EXPECT_EQ(family.exposed, 1);  // and in [5, 6].
}

TEST(Accounting, CriticalPathFollowsTheLastArrival) {
  const TwoRanks program;
  Accounting accounting(program, 1, 0, 1);
  play_step(accounting, 0, 0.0);
  // Both ranks end at 10; the lowest counts. Back from rank 0: kernel b [9, 10], the transfer from rank 1 [6, 9], rank
  // 1's kernel a [0, 6].
  const Causality::Path& path = accounting.critical_path();
  const auto at = [&](int what, int layer) { return path[static_cast<std::size_t>(what * 2 + layer + 1)]; };
  EXPECT_EQ(at(0, 0), 6);
  EXPECT_EQ(at(1, 0), 1);
  EXPECT_EQ(at(2, 0), 3);
  EXPECT_EQ(std::accumulate(path.begin(), path.end(), 0.0), 10);
}

TEST(Accounting, WindowLeavesWarmUpAndWhatFollowsOut) {
  // Steps 0 .. 3 of 10 s each; step 0 is warm-up, 1 and 2 are measured, step 3 goes beyond the window.
  const TwoRanks program;
  Accounting accounting(program, 1, 1, 2);
  for (int step = 0; step < 4; ++step) play_step(accounting, step, 10.0 * step);
  EXPECT_EQ(*accounting.window().begin, 10);
  EXPECT_EQ(*accounting.window().end, 30);
  EXPECT_EQ(accounting.step_seconds(), (std::vector<Seconds>{10, 10}));
  EXPECT_EQ(accounting.traversal(), 10);
  EXPECT_EQ(accounting.counts().steps, 3U);
  for (const StateSeconds& states : accounting.breakdown())
    EXPECT_EQ(std::accumulate(states.begin(), states.end(), 0.0), 20);
  EXPECT_EQ(accounting.overlap()[0].total(), 14);
  const Causality::Path& path = accounting.critical_path();
  EXPECT_EQ(std::accumulate(path.begin(), path.end(), 0.0), 20);
}

TEST(Accounting, AGpuThatIsAheadIsBookedUpToTheEndOnly) {
  // Rank 0 ends step 0 at 3 and is in step 1 when rank 1 ends step 0 at 10 = T1. Its kernel of step 1, [3, 12], counts
  // until 10 only, and the accounts are complete when it is over.
  const TwoRanks program;
  Accounting accounting(program, 1, 0, 1);
  accounting.kernel(0, kernel(0, 0, 3, 0), 0, 3);
  accounting.end_step(0, 0, 3);
  accounting.kernel(1, kernel(0, 0, 10, 0), 0, 10);
  accounting.end_step(1, 0, 10);
  EXPECT_FALSE(accounting.finished());
  accounting.kernel(0, kernel(0, 0, 9, 0), 3, 12);
  EXPECT_TRUE(accounting.finished());
  EXPECT_EQ(of(accounting.breakdown()[0], State::compute_bound), 10);
}

}  // namespace
}  // namespace ringtail
