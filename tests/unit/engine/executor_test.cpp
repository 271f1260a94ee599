#include "engine/executor.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "collectives/round.hpp"
#include "program/members.hpp"

namespace ringtail {
namespace {

/// GPUs and a network on a clock of the test's own: kernels take what they say, every transfer one second.
class FakeMachine final : public Gpus, public Transport {
 public:
  void attach(Executor& executor) { executor_ = &executor; }

  void start(int rank, const Kernel& kernel, Seconds t) override {
    const Seconds end = t + kernel.overhead + std::max(kernel.compute, kernel.hbm);
    events_.emplace(end, [this, rank, end] { executor_->kernel_done(rank, end); });
  }
  void copy(int rank, Seconds t) override {
    events_.emplace(t, [this, rank, t] { executor_->copied(rank, t); });
  }
  void set_compute_share(int /*rank*/, double /*share*/, Seconds /*t*/) override {}
  void open(const Exchange& exchange) override { missing_[exchange.id] = exchange.incoming; }
  void post(const Exchange& exchange, int member, Seconds t) override {
    const Seconds end = std::max(now_, t) + 1;
    const int src = exchange.ranks[static_cast<std::size_t>(member)];
    for (const Transfer& transfer : exchange.row(static_cast<std::size_t>(member)))
      events_.emplace(end, [this, &exchange, dst = transfer.dst, src, end] {
        if (--missing_[exchange.id][member_of(exchange, dst)] == 0) executor_->received(exchange, dst, end, src);
      });
    events_.emplace(end, [this, &exchange, src, end] { executor_->sent(exchange, src, end); });
  }

  void run(const Executor& executor) {
    while (!events_.empty() && !executor.done()) {
      now_ = events_.begin()->first;
      const auto event = events_.begin()->second;
      events_.erase(events_.begin());
      event();
    }
  }

 private:
  Executor* executor_ = nullptr;
  Seconds now_ = 0;
  std::multimap<Seconds, std::function<void()>> events_;  // Of equal times the first entered comes first.
  std::map<std::uint64_t, std::vector<std::uint32_t>> missing_;
};

/// Each rank's ops, once; then its stream ends steps of one second for ever.
class Script final : public Program {
 public:
  explicit Script(std::vector<std::vector<Op>> streams) : streams_(std::move(streams)), step_(streams_.size(), 0) {}
  [[nodiscard]] int ranks() const override { return static_cast<int>(streams_.size()); }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return names_; }
  [[nodiscard]] const std::vector<std::string>& families() const override { return names_; }
  void next(int rank, std::vector<Op>& ops) override {
    const auto r = static_cast<std::size_t>(rank);
    if (step_[r] == 0)
      ops = streams_[r];
    else
      ops.emplace_back(Kernel{0, -1, 0, 0, 0, 1, 0});
    ops.emplace_back(EndStep{step_[r]++});
  }

 private:
  std::vector<std::vector<Op>> streams_;
  std::vector<int> step_;
  std::vector<std::string> names_ = {"swap"};
};

/// Writes down what happens until every rank has ended step 0.
class Protocol final : public Observer {
 public:
  explicit Protocol(int ranks) : ranks_left_(ranks) {}
  void kernel(int rank, const Kernel& /*kernel*/, Seconds start, Seconds end) override {
    note("rank {} kernel {}-{}", rank, start, end);
  }
  void post(int rank, const Exchange& /*exchange*/, Seconds t) override { note("rank {} posts at {}", rank, t); }
  void relay(int rank, const Relay& /*relay*/, Seconds came, int last_src, Seconds start, Seconds end) override {
    note("rank {} has at {} from {} what it copies {}-{}", rank, came, last_src, start, end);
  }
  void received(int rank, const Exchange& /*exchange*/, Seconds t) override { note("rank {} has all at {}", rank, t); }
  void await(int rank, const Exchange& /*exchange*/, Seconds from, Seconds to, int last_src) override {
    note("rank {} waits {}-{} for {}", rank, from, to, last_src);
  }
  void end_step(int rank, int step, Seconds t) override {
    note("rank {} ends step {} at {}", rank, step, t);
    if (step == 0) --ranks_left_;
  }
  [[nodiscard]] bool finished() const override { return ranks_left_ == 0; }

  std::vector<std::string> lines;

 private:
  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    lines.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  int ranks_left_;
};

std::shared_ptr<const Exchange> exchange_of(const Round& round, const std::vector<int>& ranks, std::uint64_t id) {
  auto exchange = std::make_shared<Exchange>(make_exchange(round, ranks));
  exchange->id = exchange->collective = id;
  return exchange;
}

Kernel seconds(Seconds compute) { return {0, 0, 0, 0, 0, compute, 0}; }

std::vector<std::string> run(Script script) {
  Protocol protocol(script.ranks());
  Executor executor(script, protocol);
  FakeMachine machine;
  machine.attach(executor);
  executor.start(machine, machine, [] {});
  machine.run(executor);
  if (!executor.done()) protocol.lines.push_back("stuck: " + executor.stuck());
  return protocol.lines;
}

TEST(Executor, OpsOfARankFollowOneAnotherAndRanksMeetInExchanges) {
  // Rank 0 computes 2 s, rank 1 5 s; they swap (1 s on the way) and go on. Rank 0 has to wait from 2 to 6; rank 1,
  // whose data were there at 3, not at all.
  const auto swap = exchange_of({{{1, 8.0}}, {{0, 8.0}}}, {0, 1}, 0);
  const Script script(
      {{seconds(2), Post{swap, 0}, Await{swap, 0}}, {seconds(5), Post{swap, 1}, seconds(3), Await{swap, 1}}});
  EXPECT_EQ(run(script), (std::vector<std::string>{"rank 0 kernel 0-2", "rank 0 posts at 2", "rank 1 has all at 3",
                                                   "rank 1 kernel 0-5", "rank 1 posts at 5", "rank 0 has all at 6",
                                                   "rank 0 waits 2-6 for 1", "rank 0 ends step 0 at 6",
                                                   "rank 0 kernel 6-7", "rank 0 ends step 1 at 7", "rank 1 kernel 5-8",
                                                   "rank 1 waits 8-8 for 0", "rank 1 ends step 0 at 8"}));
}

/// A kernel with a second of overhead and so much compute, which the host needs `launch` for.
Kernel launched(Seconds launch, Seconds compute) { return {0, 0, 0, 0, 1, compute, 0, launch}; }

TEST(Executor, TheHostLaunchesAheadOfTheGpuButNotBeforeTheStep) {
  // Launches of 3 s each end at 3, 6, 9 and 12. Kernels of 1, 9, 1 and 1 s after a second of overhead: the first begins
  // at 3 and ends at 5; the second waits until 6 and ends at 16, by when the others have long been launched.
  const Script script({{launched(3, 1), launched(3, 9), launched(3, 1), launched(3, 1)}});
  EXPECT_EQ(run(script), (std::vector<std::string>{"rank 0 kernel 0-5", "rank 0 kernel 5-16", "rank 0 kernel 16-18",
                                                   "rank 0 kernel 18-20", "rank 0 ends step 0 at 20"}));
}

TEST(Executor, KernelsShorterThanTheirLaunchesAreBoundByThem) {
  // Kernels of 1 + 1 s, launched at 3, 6 and 9.
  const Script script({{launched(3, 1), launched(3, 1), launched(3, 1)}});
  EXPECT_EQ(run(script), (std::vector<std::string>{"rank 0 kernel 0-5", "rank 0 kernel 5-8", "rank 0 kernel 8-11",
                                                   "rank 0 ends step 0 at 11"}));
}

TEST(Executor, WhoReceivesNothingDoesNotWait) {
  const auto one_way = exchange_of({{{1, 8.0}}, {}}, {0, 1}, 0);
  const Script script(
      {{seconds(1), Post{one_way, 0}, Await{one_way, 0}}, {seconds(1), Post{one_way, 1}, Await{one_way, 1}}});
  EXPECT_EQ(run(script), (std::vector<std::string>{"rank 0 kernel 0-1", "rank 0 posts at 1", "rank 0 has all at 1",
                                                   "rank 0 waits 1-1 for -1", "rank 0 ends step 0 at 1",
                                                   "rank 1 kernel 0-1", "rank 1 posts at 1", "rank 1 has all at 2",
                                                   "rank 1 waits 1-2 for 0", "rank 1 ends step 0 at 2"}));
}

TEST(Executor, AQueuedPostLeavesWhenTheOneBeforeHasLeft) {
  // Two chunks of one second each, posted together: the first arrives at 1, the second, behind it, at 2.
  const auto first = exchange_of({{{1, 8.0}}, {}}, {0, 1}, 0);
  const auto second = exchange_of({{{1, 8.0}}, {}}, {0, 1}, 1);
  const Script script({{Post{first, 0}, Post{second, 0, first}, Await{first, 0}, Await{second, 0}, seconds(5)},
                       {Post{first, 1}, Post{second, 1, first}, Await{first, 1}, Await{second, 1}}});
  const auto lines = run(script);
  EXPECT_NE(std::find(lines.begin(), lines.end(), "rank 1 waits 0-1 for 0"), lines.end());
  EXPECT_NE(std::find(lines.begin(), lines.end(), "rank 1 waits 1-2 for 0"), lines.end());
}

TEST(Executor, APostBehindSomethingLongGoneLeavesAtOnce) {
  const auto first = exchange_of({{{1, 8.0}}, {}}, {0, 1}, 0);
  const auto second = exchange_of({{{1, 8.0}}, {}}, {0, 1}, 1);
  const Script script({{Post{first, 0}, Await{first, 0}, seconds(5), Post{second, 0, first}, Await{second, 0}},
                       {Post{first, 1}, Await{first, 1}, Post{second, 1, first}, Await{second, 1}}});
  const auto lines = run(script);
  EXPECT_NE(std::find(lines.begin(), lines.end(), "rank 1 waits 1-6 for 0"), lines.end());
}

TEST(Executor, ADeadlockNamesWhoWaitsForWhat) {
  // Each waits before it posts.
  const auto swap = exchange_of({{{1, 8.0}}, {{0, 8.0}}}, {0, 1}, 0);
  const Script script({{Await{swap, 0}, Post{swap, 0}}, {Await{swap, 1}, Post{swap, 1}}});
  EXPECT_EQ(run(script),
            (std::vector<std::string>{"stuck: rank 0 waits for swap of layer -1, rank 1 waits for swap of layer -1"}));
}

TEST(Executor, ARelayCopiesAndPostsBesideTheStream) {
  // Rank 0 sends to rank 1 at 0, there at 1; while its stream computes for 5 s, rank 1 copies for 2 s and sends back at
  // 3, there at 4.
  const auto there = exchange_of({{{1, 8.0}}, {}}, {0, 1}, 0);
  const auto back = exchange_of({{}, {{0, 8.0}}}, {0, 1}, 1);
  Kernel copy;
  copy.hbm = 2;
  const std::vector<std::string> lines =
      run(Script({{Post{there, 0}, Await{there, 0}, Post{back, 0}, Await{back, 0}},
                  {Post{there, 1}, Relay{there, Post{back, 1}, copy}, seconds(5), Await{back, 1}}}));
  for (const char* const line : {"rank 1 has at 1 from 0 what it copies 1-3", "rank 1 posts at 3",
                                 "rank 0 waits 0-4 for 1", "rank 1 kernel 0-5", "rank 1 waits 5-5 for -1"})
    EXPECT_THAT(lines, testing::Contains(line));
}

TEST(Executor, WhoForwardsForOthersWaitsUntilItHas) {
  // Both swap in `back`: rank 0's part has come at 1, but rank 1 posts its own only when it has copied, at 3.
  const auto there = exchange_of({{{1, 8.0}}, {}}, {0, 1}, 0);
  const auto back = exchange_of({{{1, 8.0}}, {{0, 8.0}}}, {0, 1}, 1);
  Kernel copy;
  copy.hbm = 2;
  const std::vector<std::string> lines =
      run(Script({{Post{there, 0}, Post{back, 0}, Await{there, 0}, Await{back, 0}},
                  {Post{there, 1}, Relay{there, Post{back, 1}, copy}, Await{back, 1}, seconds(2)}}));
  for (const char* const line :
       {"rank 1 has at 1 from 0 what it copies 1-3", "rank 1 waits 0-3 for 1", "rank 1 kernel 3-5"})
    EXPECT_THAT(lines, testing::Contains(line));
}

TEST(Executor, AStepInNoTimeIsRefused) {
  // Without this, a rank with nothing to do would go round for ever at one instant.
  class Nothing final : public Program {
   public:
    [[nodiscard]] int ranks() const override { return 1; }
    [[nodiscard]] const std::vector<std::string>& stages() const override { return names_; }
    [[nodiscard]] const std::vector<std::string>& families() const override { return names_; }
    void next(int /*rank*/, std::vector<Op>& ops) override { ops.emplace_back(EndStep{step_++}); }

   private:
    int step_ = 0;
    std::vector<std::string> names_;
  };
  class Endless final : public Observer {
   public:
    void kernel(int, const Kernel&, Seconds, Seconds) override {}
    void post(int, const Exchange&, Seconds) override {}
    void relay(int, const Relay&, Seconds, int, Seconds, Seconds) override {}
    void received(int, const Exchange&, Seconds) override {}
    void await(int, const Exchange&, Seconds, Seconds, int) override {}
    void end_step(int, int, Seconds) override {}
    [[nodiscard]] bool finished() const override { return false; }
  };
  Nothing program;
  Endless observer;
  Executor executor(program, observer);
  FakeMachine machine;
  EXPECT_THROW(executor.start(machine, machine, [] {}), std::logic_error);
}

}  // namespace
}  // namespace ringtail
