// Timelines of two GPUs and two layers under each overlap policy, derived by hand.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "decode/decode_program.hpp"
#include "engine/engine.hpp"
#include "parallel/messages.hpp"

namespace ringtail {
namespace {

/// Kernels cost nothing but their launch of 1 s: a GPU's time is the number of its kernels and what it waits.
Platform platform_of(BytesPerSecond bandwidth) {
  Platform platform;
  platform.gpu.hbm = {1e30, 1e30};
  platform.gpu.peak = {0, 1e30, 1e30, 1e30};
  platform.gpu.launch_overhead = 1;
  platform.island = {2, bandwidth, 1.0, 0};
  platform.fabric = {bandwidth, 1.0, 0};
  return platform;
}

/// Two layers, grouped-query attention. With experts there are two, and each token visits both: all GPUs do alike.
DecodeSpec spec_of(bool has_experts, const Overlap& overlap, const Platform& platform) {
  static const Model none;
  Model model = none;
  model.layers = 2;
  model.hidden_size = 128;
  model.vocab_size = 256;
  model.attention = {4, 4, 32, std::nullopt};
  model.ffn = {256, true};
  if (has_experts) model.moe = Moe{2, 2, 64, overlap.kind == Overlap::Kind::two_batch ? 0 : 1, 0};
  const Parallelism parallelism = has_experts ? Parallelism{{2, 1, 1}, {1, 2, 1}} : Parallelism{{1, 1, 2}, {1, 1, 2}};
  DecodeSpec spec{.model = model,
                  .gpu = platform.gpu,
                  .layout = Layout(parallelism, 8, has_experts ? 2 : 0),
                  .precision = {},
                  .collectives = {},
                  .context = 64,
                  .wiring = std::make_shared<const Wiring>(platform, 2)};
  spec.overlap = overlap;
  spec.collectives.all_reduce = AllReduceAlgorithm::one_shot;
  return spec;
}

/// What GPU 1 does in the first step, a line for each event: "norm 0 2.00-3.00".
class Diary final : public Observer {
 public:
  explicit Diary(const Program& program) : program_(program) {}
  void kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) override {
    if (rank == 1) note(program_.stages()[static_cast<std::size_t>(kernel.stage)], kernel.layer, start, end);
  }
  void post(int rank, const Exchange& exchange, Seconds t) override {
    if (rank == 1) lines.push_back(fmt::format("post {} {} {:.2f}", family(exchange), exchange.layer, t));
  }
  void relay(int, const Relay&, Seconds, int, Seconds, Seconds) override {}
  void received(int, const Exchange&, Seconds) override {}
  void await(int rank, const Exchange& exchange, Seconds from, Seconds to, int) override {
    if (rank == 1) note("wait " + family(exchange), exchange.layer, from, to);
  }
  void end_step(int rank, int, Seconds) override { is_over = is_over || rank == 1; }
  [[nodiscard]] bool finished() const override { return is_over; }

  std::vector<std::string> lines;
  bool is_over = false;

 private:
  [[nodiscard]] std::string family(const Exchange& exchange) const {
    return program_.families()[static_cast<std::size_t>(exchange.family)];
  }
  void note(const std::string& what, int layer, Seconds start, Seconds end) {
    lines.push_back(fmt::format("{} {} {:.2f}-{:.2f}", what, layer, start, end));
  }
  const Program& program_;
};

/// A timeline as one writes it down: kernels of 1 s one after another, posts, waits until something has come.
class Timeline {
 public:
  Timeline& kernels(int layer, const std::vector<std::string>& stages) {
    for (const std::string& stage : stages) {
      lines.push_back(fmt::format("{} {} {:.2f}-{:.2f}", stage, layer, now, now + 1));
      ++now;
    }
    return *this;
  }
  /// Returns when the transfers will have come.
  Seconds post(const std::string& family, int layer, Seconds takes) {
    lines.push_back(fmt::format("post {} {} {:.2f}", family, layer, now));
    return now + takes;
  }
  Timeline& wait(const std::string& family, int layer, Seconds until) {
    lines.push_back(fmt::format("wait {} {} {:.2f}-{:.2f}", family, layer, now, std::max(now, until)));
    now = std::max(now, until);
    return *this;
  }

  std::vector<std::string> lines;
  Seconds now = 0;
};

std::vector<std::string> simulated(const DecodeSpec& spec, const Platform& platform) {
  std::optional<DecodeProgram::RoutingDraws> draws;
  if (spec.model.moe)
    draws.emplace(DecodeProgram::RoutingDraws{ExpertSampler({2, 2, 2}, Routing{}, 1, 0),
                                              RoutingStatistics(std::vector<int>{0, 1}, 2), 0, 1});
  DecodeProgram program(spec, std::move(draws));
  Diary diary(program);
  NetworkConfig network;
  network.tolerance = 0;
  execute(program, platform, network, diary);
  return diary.lines;
}

// Of the 8 tokens each GPU owns 4, and every one has a copy for the other GPU: 4 messages of 128 fp8 + one fp32 scale +
// 16 bytes, and a flag of 4 bytes for its expert; 4 vectors of 128 bf16 on the way back. At 240 bytes/s that is
// 596 / 240 = 2.48 s for dispatch and 1024 / 240 = 4.27 s for combine.
constexpr double B = 240;
constexpr double D = (4 * (128 + 4 + 16) + 4) / B;
constexpr double C = 4 * 256 / B;
const std::vector<std::string> projections = {"attention_norm", "qkv_projection", "rope"};
const std::vector<std::string> attention = {"attention", "output_projection"};
const std::vector<std::string> router = {"ffn_norm", "router", "top_k"};
const std::vector<std::string> experts = {"dispatch_receive", "expert_up", "expert_activation", "expert_down",
                                          "combine_send"};
const std::vector<std::string> head = {"final_norm", "lm_head", "sample"};

TEST(Overlap, NoneWaitsForEachCollective) {
  Timeline t;
  t.kernels(-1, {"embedding"});
  for (const int layer : {0, 1}) {
    t.kernels(layer, projections).kernels(layer, attention).kernels(layer, router);
    t.kernels(layer, {"shared_up", "shared_activation", "shared_down", "dispatch_send"});
    const Seconds dispatched = t.post("dispatch", layer, D);
    t.wait("dispatch", layer, dispatched).kernels(layer, experts);
    const Seconds combined = t.post("combine", layer, C);
    t.wait("combine", layer, combined).kernels(layer, {"combine_receive"});
  }
  t.kernels(-1, head);
  // One embedding, per layer 8 + 3 + 1 + 5 + 1 kernels, three of the head; two waits of each kind in full.
  EXPECT_NEAR(t.now, 1 + 2 * 18 + 3 + 2 * (D + C), 1e-9);
  const Platform platform = platform_of(B);
  EXPECT_EQ(simulated(spec_of(true, {}, platform), platform), t.lines);
}

TEST(Overlap, SharedExpertRunsBesideDispatchAndCombine) {
  Timeline t;
  t.kernels(-1, {"embedding"});
  for (const int layer : {0, 1}) {
    t.kernels(layer, projections).kernels(layer, attention).kernels(layer, router).kernels(layer, {"dispatch_send"});
    const Seconds dispatched = t.post("dispatch", layer, D);
    t.kernels(layer, {"shared_up", "shared_activation"});
    t.wait("dispatch", layer, dispatched).kernels(layer, experts);
    const Seconds combined = t.post("combine", layer, C);
    t.kernels(layer, {"shared_down"});
    t.wait("combine", layer, combined).kernels(layer, {"combine_receive"});
  }
  t.kernels(-1, head);
  // All three kernels of the shared expert are hidden: 2 s of 2.48 s, and 1 s of 4.27 s.
  EXPECT_NEAR(t.now, 1 + 2 * 15 + 3 + 2 * (D + C), 1e-9);
  const Platform platform = platform_of(B);
  EXPECT_EQ(simulated(spec_of(true, {Overlap::Kind::shared_expert}, platform), platform), t.lines);
}

TEST(Overlap, TwoBatchAttendsBesideTheOthersDispatchAndCombine) {
  // Half the tokens in each micro-batch; at half the bandwidth dispatch takes 300 / 120 = 2.5 s, combine as above.
  const double d = (2 * (128 + 4 + 16) + 4) / 120.0;
  Timeline t;
  t.kernels(-1, {"embedding"});
  // The first of the two, A, has nobody to attend beside.
  t.kernels(0, projections).kernels(0, attention);
  // A sends; B projects for 3 s: A's tokens have come after 2.5.
  t.kernels(0, router).kernels(0, {"dispatch_send"});
  Seconds a = t.post("dispatch", 0, d);
  t.kernels(0, projections).wait("dispatch", 0, a).kernels(0, experts);
  // B attends for 2 of the 4.27 s of A's combine.
  a = t.post("combine", 0, C);
  t.kernels(0, attention).wait("combine", 0, a).kernels(0, {"combine_receive"});
  // B's turn to send; A is in layer 1.
  t.kernels(0, router).kernels(0, {"dispatch_send"});
  Seconds b = t.post("dispatch", 0, d);
  t.kernels(1, projections).wait("dispatch", 0, b).kernels(0, experts);
  b = t.post("combine", 0, C);
  t.kernels(1, attention).wait("combine", 0, b).kernels(0, {"combine_receive"});
  // A's layer 1 beside B's.
  t.kernels(1, router).kernels(1, {"dispatch_send"});
  a = t.post("dispatch", 1, d);
  t.kernels(1, projections).wait("dispatch", 1, a).kernels(1, experts);
  a = t.post("combine", 1, C);
  t.kernels(1, attention).wait("combine", 1, a).kernels(1, {"combine_receive"});
  // B is the last: nothing beside it.
  t.kernels(1, router).kernels(1, {"dispatch_send"});
  b = t.post("dispatch", 1, d);
  t.wait("dispatch", 1, b).kernels(1, experts);
  b = t.post("combine", 1, C);
  t.wait("combine", 1, b).kernels(1, {"combine_receive"});
  t.kernels(-1, head);
  // Four times 15 kernels, embedding and head once; of the waits only what is named above.
  EXPECT_NEAR(t.now, 1 + 4 * 15 + 3 + 3 * (C - 2) + d + C, 1e-9);
  const Platform platform = platform_of(120);
  EXPECT_EQ(simulated(spec_of(true, {Overlap::Kind::two_batch}, platform), platform), t.lines);
}

TEST(Overlap, ChunksAreReducedWhileTheNextIsComputed) {
  // Plain TP2, 8 tokens of 128 bf16: each GPU sends all 2048 bytes to the other, in two chunks of 1024 of which each
  // takes 2.56 s at 400 bytes/s. Embedding's all-reduce stays whole, the candidates' all-gather is 8 · 8 bytes.
  const double bandwidth = 400;
  const double chunk = 1024 / bandwidth;
  Timeline t;
  const auto chunked = [&](int layer, const std::string& product, const std::string& family) {
    // The second chunk's two kernels take 2 s of the first's 2.56 s; both transfers then share the port.
    t.kernels(layer, {product, "collective_send"});
    const Seconds begun = t.now;
    t.post(family, layer, 0);
    t.kernels(layer, {product, "collective_send"});
    t.post(family, layer, 0);
    // 0.56 s of the first are left, at half the rate 1.12 s; then the second has the port to itself.
    const Seconds first = begun + 2 + 2 * (chunk - 2);
    t.wait(family, layer, first).kernels(layer, {"collective_receive"});
    t.wait(family, layer, begun + 2 * chunk).kernels(layer, {"collective_receive"});
  };
  t.kernels(-1, {"embedding", "collective_send"});
  t.wait("embedding_all_reduce", -1, t.post("embedding_all_reduce", -1, 2 * chunk));
  t.kernels(-1, {"collective_receive"});
  for (const int layer : {0, 1}) {
    t.kernels(layer, projections).kernels(layer, {"attention"});
    chunked(layer, "output_projection", "attention_all_reduce");
    t.kernels(layer, {"ffn_norm", "dense_up", "dense_activation"});
    chunked(layer, "dense_down", "ffn_all_reduce");
  }
  t.kernels(-1, head).kernels(-1, {"collective_send"});
  t.wait("sampling_all_gather", -1, t.post("sampling_all_gather", -1, 64 / bandwidth));
  t.kernels(-1, {"collective_receive"});
  const Platform platform = platform_of(bandwidth);
  EXPECT_EQ(simulated(spec_of(false, {Overlap::Kind::chunked, 2}, platform), platform), t.lines);
}

}  // namespace
}  // namespace ringtail
