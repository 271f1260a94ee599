// Context parallelism's ring: timelines of two GPUs and two layers derived by hand, bytes, flops and tails by formula.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "accounting/accounting.hpp"
#include "decode/decode_program.hpp"
#include "engine/engine.hpp"

namespace ringtail {
namespace {

/// Kernels cost nothing but their launch of 1 s: a GPU's time is the number of its kernels and what it waits.
Platform platform_of(BytesPerSecond bandwidth, int gpus, Seconds latency = 0) {
  Platform platform;
  platform.gpu.hbm = {1e30, 1e30};
  platform.gpu.peak = {0, 1e30, 1e30, 1e30};
  platform.gpu.launch_overhead = 1;
  platform.island = {gpus, bandwidth, 1.0, latency};
  platform.fabric = {bandwidth, 1.0, 0};
  return platform;
}

/// Two dense layers, 4 heads of 32 with their own keys and values, 64 cached tokens.
DecodeSpec spec_of(const Platform& platform, const AttentionParallelism& attention, int batch) {
  Model model;
  model.layers = 2;
  model.hidden_size = 128;
  model.vocab_size = 256;
  model.attention = {4, 4, 32, std::nullopt};
  model.ffn = {256, true};
  const Parallelism parallelism{attention, {attention.group_ranks(), 1, 1}};
  DecodeSpec spec{.model = model,
                  .gpu = platform.gpu,
                  .layout = Layout(parallelism, batch),
                  .precision = {},
                  .collectives = {},
                  .context = 64,
                  .wiring = std::make_shared<const Wiring>(platform, attention.group_ranks())};
  spec.collectives.all_to_all = AllToAllAlgorithm::direct;
  return spec;
}

AttentionParallelism ring_of(int cp, CpRing ring) { return {.cp = cp, .cp_ring = ring}; }

/// What GPU 1 does in the first step, and what all send by family and compute by stage therein.
class Diary final : public Observer {
 public:
  explicit Diary(const Program& program) : program_(program), ranks_left_(program.ranks()) {}
  void kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) override {
    const std::string& stage = program_.stages()[static_cast<std::size_t>(kernel.stage)];
    flops[stage] += kernel.flops;
    if (rank == 1) note(stage, kernel.layer, start, end);
  }
  void post(int rank, const Exchange& exchange, Seconds t) override {
    const auto at = std::find(exchange.ranks.begin(), exchange.ranks.end(), rank) - exchange.ranks.begin();
    for (const Transfer& transfer : exchange.row(static_cast<std::size_t>(at)))
      sent[family(exchange)].push_back(transfer.bytes);
    if (rank == 1) lines.push_back(fmt::format("post {} {} {:.2f}", family(exchange), exchange.layer, t));
  }
  void relay(int, const Relay&, Seconds, int, Seconds, Seconds) override {}
  void received(int, const Exchange&, Seconds) override {}
  void await(int rank, const Exchange& exchange, Seconds from, Seconds to, int) override {
    if (rank == 1) note("wait " + family(exchange), exchange.layer, from, to);
  }
  void end_step(int, int step, Seconds) override { ranks_left_ -= step == 0 ? 1 : 0; }
  [[nodiscard]] bool finished() const override { return ranks_left_ == 0; }

  std::vector<std::string> lines;
  std::map<std::string, std::vector<Bytes>> sent;
  std::map<std::string, Flops> flops;

 private:
  [[nodiscard]] std::string family(const Exchange& exchange) const {
    return program_.families()[static_cast<std::size_t>(exchange.family)];
  }
  void note(const std::string& what, int layer, Seconds start, Seconds end) {
    lines.push_back(fmt::format("{} {} {:.2f}-{:.2f}", what, layer, start, end));
  }
  const Program& program_;
  int ranks_left_;
};

NetworkConfig exact() {
  NetworkConfig network;
  network.tolerance = 0;
  return network;
}

Diary simulated(const DecodeSpec& spec, const Platform& platform) {
  DecodeProgram program(spec, std::nullopt);
  Diary diary(program);
  execute(program, platform, exact(), diary);
  return diary;
}

/// A timeline as one writes it down.
struct Timeline {
  void kernels(int layer, const std::vector<std::string>& stages) {
    for (const std::string& stage : stages) {
      lines.push_back(fmt::format("{} {} {:.2f}-{:.2f}", stage, layer, now, now + 1));
      ++now;
    }
  }
  Seconds post(const std::string& family, int layer, Seconds takes) {
    lines.push_back(fmt::format("post {} {} {:.2f}", family, layer, now));
    return now + takes;
  }
  void wait(const std::string& family, int layer, Seconds until) {
    const Seconds to = std::max(now, until);
    lines.push_back(fmt::format("wait {} {} {:.2f}-{:.2f}", family, layer, now, to));
    now = to;
  }
  std::vector<std::string> lines;
  Seconds now = 0;
};

const std::vector<std::string> projections = {"attention_norm", "qkv_projection", "rope"};
const std::vector<std::string> ffn = {"ffn_norm", "dense_up", "dense_activation", "dense_down"};
const std::vector<std::string> head = {"final_norm", "lm_head", "sample"};
// Of 8 sequences each of two GPUs has 4: queries of 4 heads · 32 bf16, partial outputs with an fp32 log-sum-exp per
// head.
constexpr Bytes queries = 4 * 4 * 32 * 2;
constexpr Bytes partials = 4 * 4 * (32 * 2 + 4);

Timeline pass_q(BytesPerSecond bandwidth) {
  Timeline t;
  t.kernels(-1, {"embedding"});
  for (const int layer : {0, 1}) {
    t.kernels(layer, projections);
    const Seconds came = t.post("cp_ring", layer, queries / bandwidth);
    t.kernels(layer, {"attention"});  // The own queries, while they travel;
    t.wait("cp_ring", layer, came);
    t.kernels(layer, {"attention", "collective_send"});  // the other's.
    t.wait("cp_return", layer, t.post("cp_return", layer, partials / bandwidth));
    t.kernels(layer, {"collective_receive", "cp_merge", "output_projection"});
    t.kernels(layer, ffn);
  }
  t.kernels(-1, head);
  return t;
}

TEST(CpRing, PassQWaitsForWhatTheKernelDoesNotHide) {
  const double bandwidth = 240;  // 1024 / 240 = 4.27 s beside a kernel of 1 s.
  const Timeline t = pass_q(bandwidth);
  EXPECT_NEAR(t.now, 1 + 2 * (3 + 1 + 1 + 1 + 3 + 4) + 3 + 2 * (queries / bandwidth - 1 + partials / bandwidth), 1e-9);
  const Platform platform = platform_of(bandwidth, 2);
  EXPECT_EQ(simulated(spec_of(platform, ring_of(2, CpRing::pass_q), 8), platform).lines, t.lines);
}

TEST(CpRing, PassQHidesAHopThatIsShorterThanItsKernel) {
  const double bandwidth = 2048;  // 0.5 s beside a kernel of 1 s: only the way home is left.
  const Timeline t = pass_q(bandwidth);
  EXPECT_NEAR(t.now, 1 + 2 * 13 + 3 + 2 * partials / bandwidth, 1e-9);
  const Platform platform = platform_of(bandwidth, 2);
  EXPECT_EQ(simulated(spec_of(platform, ring_of(2, CpRing::pass_q), 8), platform).lines, t.lines);
}

TEST(CpRing, PassKvBringsTheCacheToTheQueries) {
  // Half of 64 tokens of 8 sequences, a key and a value of 4 heads · 32 bf16.
  const double hop = 8 * 32 * 2 * 4 * 32 * 2 / 1e5;
  Timeline t;
  t.kernels(-1, {"embedding"});
  for (const int layer : {0, 1}) {
    t.kernels(layer, projections);
    const Seconds came = t.post("cp_ring", layer, hop);
    t.kernels(layer, {"attention"});
    t.wait("cp_ring", layer, came);
    t.kernels(layer, {"attention", "cp_merge", "output_projection"});
    t.kernels(layer, ffn);
  }
  t.kernels(-1, head);
  const Platform platform = platform_of(1e5, 2);
  EXPECT_EQ(simulated(spec_of(platform, ring_of(2, CpRing::pass_kv), 8), platform).lines, t.lines);
}

Bytes sum_of(const std::vector<Bytes>& all) { return std::accumulate(all.begin(), all.end(), 0.0); }

TEST(CpRing, QueriesOfEveryRankGoToAllOthers) {
  const Platform platform = platform_of(1e6, 4);
  // 6 sequences over 4 ranks: 2, 2, 1, 1 queries, each three hops far in each of two layers.
  const Diary diary = simulated(spec_of(platform, ring_of(4, CpRing::pass_q), 6), platform);
  EXPECT_EQ(sum_of(diary.sent.at("cp_ring")), 2 * 3 * 6 * (4 * 32 * 2));
  // Each of them comes home from three ranks.
  EXPECT_EQ(sum_of(diary.sent.at("cp_return")), 2 * 3 * 6 * (4 * (32 * 2 + 4)));
}

TEST(CpRing, EveryPartOfTheCacheGoesToAllOthers) {
  const Platform platform = platform_of(1e6, 4);
  // 64 cached tokens of each of 6 sequences, a quarter on each rank.
  const Diary diary = simulated(spec_of(platform, ring_of(4, CpRing::pass_kv), 6), platform);
  EXPECT_EQ(diary.sent.at("cp_ring"), std::vector<Bytes>(2 * 3 * 4, 6 * 16 * (2 * 4 * 32 * 2)));
  EXPECT_EQ(diary.sent.count("cp_return"), 0U);
}

TEST(CpRing, LatentQueriesTravelAbsorbedAndComeHomeAsValues) {
  const Platform platform = platform_of(1e6, 4);
  DecodeSpec latent = spec_of(platform, ring_of(4, CpRing::pass_q), 4);
  latent.model.attention = {8, 8, 0, LatentAttention{64, 32, 16, 8, 16}};
  const Diary diary = simulated(latent, platform);
  EXPECT_EQ(diary.sent.at("cp_ring"), std::vector<Bytes>(2 * 3 * 4, 8 * (32 + 8) * 2));
  EXPECT_EQ(diary.sent.at("cp_return").front(), 8 * (16 * 2 + 4));
}

// Layers · sequences · 4 · heads · width · tokens, whatever splits the cache.
class AttentionFlops : public testing::TestWithParam<AttentionParallelism> {};
TEST_P(AttentionFlops, AreThoseOfTheWholeCache) {
  const Platform platform = platform_of(1e6, 4);
  const Diary diary = simulated(spec_of(platform, GetParam(), 6), platform);
  EXPECT_EQ(diary.flops.at("attention"), 2.0 * 6 * 4 * 4 * 32 * 64);
}
INSTANTIATE_TEST_SUITE_P(CpRing, AttentionFlops,
                         testing::Values(AttentionParallelism{.dp = 1, .kvp = 4}, ring_of(4, CpRing::pass_q),
                                         ring_of(4, CpRing::pass_kv)));

/// Steps of a ring, with rank r on GPU slots[r].
Accounting measured(const DecodeSpec& spec, const Platform& platform, const std::vector<int>& slots = {}) {
  DecodeProgram program(spec, std::nullopt);
  Accounting accounting(program, 2, 1, 2,
                        RingStages{static_cast<int>(Stage::attention), static_cast<int>(Stage::output_projection)});
  execute(program, platform, exact(), accounting, slots);
  return accounting;
}

/// Mean tail by state.
StateSeconds tail_of(const Accounting& accounting) {
  StateSeconds tail = accounting.ring_tail()->seconds();
  for (Seconds& state : tail) state /= static_cast<double>(accounting.ring_tail()->tails());
  return tail;
}

// Send kernel, partial outputs on their way, receive kernel, merge. Each rank has one sequence, so N - 1 others send it
// a partial output each: latency + (N - 1) · 272 B / bandwidth.
struct TailCase {
  int cp;
  BytesPerSecond bandwidth;
  Seconds latency;
};
class RingTailOf : public testing::TestWithParam<TailCase> {};
TEST_P(RingTailOf, IsTheWayHomeAndTheMerge) {
  const auto [cp, bandwidth, latency] = GetParam();
  const Platform platform = platform_of(bandwidth, cp, latency);
  const DecodeSpec spec = spec_of(platform, ring_of(cp, CpRing::pass_q), cp);
  const StateSeconds tail = tail_of(measured(spec, platform));
  EXPECT_NEAR(tail[static_cast<std::size_t>(State::overhead)], 3, 1e-9);
  EXPECT_NEAR(tail[static_cast<std::size_t>(State::exposed_communication)], latency + (cp - 1) * 272 / bandwidth, 1e-9);
  EXPECT_NEAR(tail[static_cast<std::size_t>(State::straggler_wait)], 0, 1e-9);
}
// It shrinks with bandwidth down to the latency, and grows with N.
INSTANTIATE_TEST_SUITE_P(CpRing, RingTailOf,
                         testing::Values(TailCase{2, 100, 0}, TailCase{2, 1000, 0}, TailCase{4, 100, 0},
                                         TailCase{8, 100, 0.25}, TailCase{8, 1e15, 0.25}));

TEST(CpRing, NoWayHomeWithPassKv) {
  const Platform platform = platform_of(1e5, 4);
  const StateSeconds tail = tail_of(measured(spec_of(platform, ring_of(4, CpRing::pass_kv), 4), platform));
  EXPECT_NEAR(tail[static_cast<std::size_t>(State::overhead)], 1, 1e-9);  // The merge.
  EXPECT_NEAR(tail[static_cast<std::size_t>(State::exposed_communication)], 0, 1e-9);
}

// On one switch no rank's place matters. One simulation per process, so the time is also derived by hand: per layer 3
// projections, 4 rounds of 1 s, send, receive, merge, output projection, 4 of the FFN; hops of 256 / 100 s in three
// rounds stick out by what is more than 1 s; the way home takes 3 · 272 / 100 s; embedding and head 4 kernels.
TEST(CpRing, PlacesOnOneSwitchAreAlike) {
  const Platform platform = platform_of(100, 4);
  const Accounting accounting = measured(spec_of(platform, ring_of(4, CpRing::pass_q), 4), platform, {2, 0, 3, 1});
  const double hop = 4 * 32 * 2 / 100.0;
  EXPECT_NEAR(*accounting.window().end - *accounting.window().begin,
              2 * (4 + 2 * (3 + 4 + 4 + 4 + 3 * (hop - 1) + 3 * 272 / 100.0)), 1e-9);
}

}  // namespace
}  // namespace ringtail
