// How long collectives take through the whole engine: executor, network model and SimGrid's clock.
#include <gtest/gtest.h>

#include <numeric>

#include "collectives/collectives.hpp"
#include "engine/collective_program.hpp"

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

Seconds time_of(int ranks, const std::vector<Round>& rounds, bool is_queued = false) {
  std::vector<int> members(static_cast<std::size_t>(ranks));
  std::iota(members.begin(), members.end(), 0);
  return time_of({members}, rounds, island_of(ranks), {}, is_queued);
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
