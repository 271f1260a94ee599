// How long collectives take through the whole engine: executor, network model and SimGrid's clock.
#include <gtest/gtest.h>

#include <memory>

#include "accounting/accounting.hpp"
#include "collectives/collectives.hpp"
#include "engine/engine.hpp"

namespace ringtail {
namespace {

constexpr Seconds latency = 2e-6;
constexpr BytesPerSecond bandwidth = 80e9;

/// GPUs on one island.
Platform island_of(int gpus) {
  Platform platform;
  platform.gpu.hbm = {80e9, 1e12};
  platform.gpu.peak.bf16 = 1e12;
  platform.island = {gpus, bandwidth / 0.8, 0.8, latency};
  platform.fabric = {10e9, 1.0, 5e-6};
  return platform;
}

/// Each rank posts the exchanges in order and awaits them: round by round, or all posted first, queued one behind the
/// other.
class Collective final : public Program {
 public:
  Collective(int ranks, const std::vector<Round>& rounds, bool is_queued)
      : ranks_(ranks), is_queued_(is_queued), step_(static_cast<std::size_t>(ranks)) {
    std::vector<int> members;
    for (int rank = 0; rank < ranks; ++rank) members.push_back(rank);
    for (const Round& round : rounds) {
      auto exchange = std::make_shared<Exchange>(make_exchange(round, members));
      exchange->id = exchanges_.size();
      exchange->rounds = static_cast<int>(rounds.size());
      exchanges_.push_back(std::move(exchange));
    }
  }
  [[nodiscard]] int ranks() const override { return ranks_; }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return names_; }
  [[nodiscard]] const std::vector<std::string>& families() const override { return names_; }
  void next(int rank, std::vector<Op>& ops) override {
    int& step = step_[static_cast<std::size_t>(rank)];
    if (step++ > 0) {
      ops.emplace_back(Kernel{0, -1, 0, 0, 0, 1, 0});  // Afterwards, seconds of something else.
      ops.emplace_back(EndStep{step - 1});
      return;
    }
    if (is_queued_)
      for (std::size_t i = 0; i < exchanges_.size(); ++i)
        ops.emplace_back(Post{exchanges_[i], rank, i > 0 ? exchanges_[i - 1] : nullptr});
    for (const auto& exchange : exchanges_) {
      if (!is_queued_) ops.emplace_back(Post{exchange, rank});
      ops.emplace_back(Await{exchange, rank});
    }
    ops.emplace_back(EndStep{0});
  }

 private:
  int ranks_;
  bool is_queued_;
  std::vector<int> step_;
  std::vector<std::shared_ptr<const Exchange>> exchanges_;
  std::vector<std::string> names_ = {"collective"};
};

Seconds time_of(int ranks, const std::vector<Round>& rounds, bool is_queued = false) {
  Collective program(ranks, rounds, is_queued);
  Accounting accounting(program, 1, 0, 1);
  execute(program, island_of(ranks), {}, accounting);
  return *accounting.window().end;
}

TEST(CollectiveTime, RingAllReduce) {
  // Patarasuk and Yuan 2009: 2(N-1) rounds of S/N bytes, each port used by one transfer at a time.
  const int n = 6;
  const Bytes size = 12e6;
  const auto rounds = all_reduce(AllReduceAlgorithm::ring, std::vector<Bytes>(n, size / n));
  EXPECT_NEAR(time_of(n, rounds) / (2 * (n - 1) * (latency + size / (n * bandwidth))), 1, 1e-9);
}

TEST(CollectiveTime, InSwitchAllReduce) {
  // A read and a write; S (1 + 1/N) through each port.
  const int n = 8;
  const Bytes size = 12e6;
  const auto rounds = all_reduce(AllReduceAlgorithm::in_switch, std::vector<Bytes>(n, size / n));
  EXPECT_NEAR(time_of(n, rounds) / (2 * latency + size * 1.125 / bandwidth), 1, 1e-9);
}

TEST(CollectiveTime, RecursiveDoublingAllReduce) {
  // Eight members: three swaps of S bytes.
  const Bytes size = 12e6;
  const auto rounds = all_reduce(AllReduceAlgorithm::recursive_doubling, std::vector<Bytes>(8, size / 8));
  EXPECT_NEAR(time_of(8, rounds) / (3 * (latency + size / bandwidth)), 1, 1e-9);
}

TEST(CollectiveTime, UniformAllToAll) {
  // Each port carries N-1 messages of m bytes, all at once and evenly shared.
  const std::size_t n = 7;
  const Bytes message = 3e6;
  const auto rounds =
      all_to_all(AllToAllAlgorithm::direct, std::vector<std::vector<Bytes>>(n, std::vector<Bytes>(n, message)));
  EXPECT_NEAR(time_of(7, rounds) / (latency + 6 * message / bandwidth), 1, 1e-9);
}

TEST(CollectiveTime, QueuedChunksPayOneLatency) {
  // One way only: chunks one behind the other use the port without a gap.
  const std::vector<Round> chunks(4, Round{{{1, 2e6}}, {}});
  EXPECT_NEAR(time_of(2, chunks, true) / (latency + 4 * 2e6 / bandwidth), 1, 1e-9);
}

TEST(CollectiveTime, RoundsPayALatencyEach) {
  const std::vector<Round> swaps(4, Round{{{1, 2e6}}, {{0, 2e6}}});
  EXPECT_NEAR(time_of(2, swaps) / (4 * (latency + 2e6 / bandwidth)), 1, 1e-9);
}

}  // namespace
}  // namespace ringtail
