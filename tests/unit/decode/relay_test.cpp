// How long a relayed collective takes through the whole engine.
#include <gtest/gtest.h>

#include <algorithm>

#include "accounting/accounting.hpp"
#include "decode/stream_writer.hpp"
#include "engine/engine.hpp"

namespace ringtail {
namespace {

constexpr Seconds Li = 1e-6, Lf = 4e-6;
constexpr BytesPerSecond Bi = 100e9, Bf = 25e9, hbm = 1e12;

Platform two_by_two() {
  Platform platform;
  platform.gpu.hbm = {80e9, hbm};
  platform.gpu.peak.bf16 = 1e12;
  platform.gpu.launch_overhead = 5e-6;
  platform.island = {2, Bi, 1.0, Li};
  platform.fabric = {Bf, 1.0, Lf};
  return platform;
}

const DecodeSpec& spec_of_four() {
  static const Model model;
  static const DecodeSpec spec{.model = model,
                               .gpu = two_by_two().gpu,
                               .layout = Layout({{4, 1, 1}, {1, 4, 1}}, 4),
                               .precision = {},
                               .collectives = {},
                               .wiring = std::make_shared<const Wiring>(two_by_two(), 4)};
  return spec;
}

/// Four ranks on two islands: each sends `crossing` bytes to its rail's other rank, which reads `forward` bytes and
/// sends `forwarded` on to its neighbour.
class Relaying final : public Program {
 public:
  Relaying(int chunks, Bytes crossing, Bytes forward, Bytes forwarded) : forward_(forward), step_(4) {
    rounds_.emplace_back(4);  // Nothing goes straight.
    const Bytes part = 1.0 / chunks;
    const Round fabric = {
        {{2, crossing * part}}, {{3, crossing * part}}, {{0, crossing * part}}, {{1, crossing * part}}};
    const Round island = {
        {{1, forwarded * part}}, {{0, forwarded * part}}, {{3, forwarded * part}}, {{2, forwarded * part}}};
    rounds_.insert(rounds_.end(), static_cast<std::size_t>(chunks), fabric);
    rounds_.insert(rounds_.end(), static_cast<std::size_t>(chunks), island);
  }
  [[nodiscard]] int ranks() const override { return 4; }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return stage_names(); }
  [[nodiscard]] const std::vector<std::string>& families() const override { return family_names(); }
  void next(int rank, std::vector<Op>& ops) override {
    const int step = step_[static_cast<std::size_t>(rank)]++;
    StreamWriter writer({spec_of_four(), pool_, plans_}, rank, step, -1, ops);
    writer.finish(writer.begin_relay(Family::dispatch, {0, 1, 2, 3}, Stage::dispatch_forward, forward_, [&] {
      return make_plan({0, 1, 2, 3}, rounds_, Copier::none);
    }));
    ops.emplace_back(EndStep{step});
  }

 private:
  Bytes forward_;
  std::vector<int> step_;
  std::vector<Round> rounds_;
  CollectivePool pool_;
  PlanCache plans_;
};

Seconds time_of(int chunks, Bytes crossing, Bytes forward, Bytes forwarded) {
  Relaying program(chunks, crossing, forward, forwarded);
  Accounting accounting(program, 1, 0, 1);
  execute(program, two_by_two(), {}, accounting);
  return *accounting.window().end;
}

TEST(Relay, BehindASlowFabricOnlyTheLastChunkIsForwardedLate) {
  // 10 MB at 25 GB/s in 100 us chunks; forwarding one takes 2.5 us of HBM, 1 us and 25 us, without a launch.
  EXPECT_NEAR(time_of(4, 10e6, 10e6, 10e6) / (Lf + 10e6 / Bf + (10e6 / hbm + 10e6 / Bi) / 4 + Li), 1, 1e-9);
}

TEST(Relay, OneChunkIsStoreAndForward) {
  EXPECT_NEAR(time_of(1, 10e6, 10e6, 10e6) / (Lf + 10e6 / Bf + 10e6 / hbm + Li + 10e6 / Bi), 1, 1e-9);
}

TEST(Relay, BehindASlowIslandChunksQueueWithoutAGap) {
  // 1 MB chunks come every 40 us over the fabric and take 250 us to be forwarded: after the first, one behind the
  // other.
  EXPECT_NEAR(time_of(4, 4e6, 4e6, 100e6) / (Lf + (4e6 / Bf + 4e6 / hbm) / 4 + Li + 100e6 / Bi), 1, 1e-9);
}

TEST(Relay, AQueuedForwardPaysItsLatencyFromItsPost) {
  // Chunks of 25 kB come every 1 us and leave in 0.5 us. When chunk j is there and posted, chunk j - 1 waits out its
  // latency of 1 us or has half a microsecond to go; chunk j still begins no earlier than 1 us after its own post.
  EXPECT_NEAR(time_of(4, 100e3, 0, 200e3) / (Lf + 100e3 / Bf + Li + 50e3 / Bi), 1, 1e-9);
}

}  // namespace
}  // namespace ringtail
