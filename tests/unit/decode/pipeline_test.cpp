// Two pipeline stages of one GPU and one layer each, derived by hand. Kernels cost nothing but their launch of 1 s, so
// a stage's time is the number of its kernels: the first has an embedding, 9 of its layer and one that sends, 11 in
// all; the second one that receives, 9 of its layer and 3 of the head, 13 in all.
#include "parallel/pipeline.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "accounting/accounting.hpp"
#include "decode/decode_program.hpp"
#include "engine/engine.hpp"

namespace ringtail {
namespace {

constexpr BytesPerSecond bandwidth = 240;
constexpr Seconds first_stage = 11, second_stage = 13;

Platform slow_platform() {
  Platform platform;
  platform.gpu.hbm = {1e30, 1e30};
  platform.gpu.peak = {0, 1e30, 1e30, 1e30};
  platform.gpu.launch_overhead = 1;
  platform.island = {2, bandwidth, 1.0, 0};
  platform.fabric = {bandwidth, 1.0, 0};
  return platform;
}

DecodeSpec spec_of(const PipelineParallelism& pipeline, int batch, const Parallelism& stage = {}, int layers = 2) {
  static const Platform platform = slow_platform();
  static const Model none;
  Model model = none;
  model.layers = layers;
  model.hidden_size = 128;
  model.vocab_size = 256;
  model.attention = {4, 4, 32, std::nullopt};
  model.ffn = {256, true};
  if (stage.ffn.ep > 1) model.moe = Moe{2, 1, 64, 0, 0};
  Parallelism parallelism = stage;
  parallelism.pipeline = pipeline;
  return {.model = model,
          .gpu = platform.gpu,
          .layout = Layout(parallelism, batch, model.moe ? 2 : 0),
          .precision = {},
          .collectives = {},
          .context = 64,
          .wiring = std::make_shared<const Wiring>(platform, parallelism.ranks())};
}

std::optional<DecodeProgram::RoutingDraws> draws_for(const DecodeSpec& spec) {
  if (!spec.model.moe) return std::nullopt;
  return DecodeProgram::RoutingDraws{ExpertSampler({spec.model.layers, 2, 1}, Routing{}, 1, 0),
                                     RoutingStatistics(std::vector<int>{0, 1}, 2), 0, 1};
}

/// Of `sequences` tokens: 128 bf16 each to the next stage, 4 bytes each back.
Seconds send_of(double sequences) { return sequences * 128 * 2 / bandwidth; }
Seconds return_of(double sequences) { return sequences * 4 / bandwidth; }

/// What each GPU does in two steps, a line for each event.
class Diary final : public Observer {
 public:
  explicit Diary(const Program& program) : program_(program) {}
  void kernel(int rank, const Kernel& /*kernel*/, Seconds start, Seconds end) override {
    if (kernels_of_[at(rank)]++ == 0) begin_[at(rank)] = start;
    end_[at(rank)] = end;
  }
  void post(int rank, const Exchange& exchange, Seconds t) override {
    flush(rank);
    lines[at(rank)].push_back(fmt::format("post {} {:.2f}", family(exchange), t));
  }
  void relay(int, const Relay&, Seconds, int, Seconds, Seconds) override {}
  void received(int, const Exchange&, Seconds) override {}
  void await(int rank, const Exchange& exchange, Seconds from, Seconds to, int) override {
    lines[at(rank)].push_back(fmt::format("wait {} {:.2f}-{:.2f}", family(exchange), from, to));
  }
  void end_step(int rank, int step, Seconds) override {
    flush(rank);
    lines[at(rank)].push_back(fmt::format("end {}", step));
    ended_ += step == 1 ? 1 : 0;
  }
  [[nodiscard]] bool finished() const override { return ended_ == 2; }

  std::vector<std::vector<std::string>> lines{2};

 private:
  static std::size_t at(int rank) { return static_cast<std::size_t>(rank); }
  [[nodiscard]] std::string family(const Exchange& exchange) const {
    return program_.families()[static_cast<std::size_t>(exchange.family)];
  }
  void flush(int rank) {
    int& count = kernels_of_[at(rank)];
    if (count > 0)
      lines[at(rank)].push_back(fmt::format("{} kernels {:.2f}-{:.2f}", count, begin_[at(rank)], end_[at(rank)]));
    count = 0;
  }

  const Program& program_;
  std::vector<int> kernels_of_{0, 0};
  std::vector<Seconds> begin_{0, 0}, end_{0, 0};
  int ended_ = 0;
};

std::vector<std::vector<std::string>> simulated(const DecodeSpec& spec) {
  DecodeProgram program(spec, std::nullopt);
  Diary diary(program);
  NetworkConfig network;
  network.tolerance = 0;
  execute(program, slow_platform(), network, diary);
  return diary.lines;
}

/// The beginning of what was simulated; a GPU may be ahead when the other has ended two steps.
void expect_begins_with(const std::vector<std::string>& simulated, const std::vector<std::string>& expected) {
  ASSERT_GE(simulated.size(), expected.size());
  EXPECT_EQ(std::vector(simulated.begin(), simulated.begin() + static_cast<std::ptrdiff_t>(expected.size())), expected);
}

TEST(Pipeline, OneMicroBatchGoesRound) {
  // 8 tokens: 8.53 s to the second stage, 0.13 s back. Each stage waits while the other works.
  const auto lines = simulated(spec_of({2, 1}, 8));
  expect_begins_with(lines[0],
                     {"11 kernels 0.00-11.00", "post stage_send 11.00", "wait stage_send 11.00-11.00", "end 0",
                      "post token_return 11.00", "wait token_return 11.00-32.67", "11 kernels 32.67-43.67",
                      "post stage_send 43.67", "wait stage_send 43.67-43.67", "end 1"});
  expect_begins_with(lines[1], {"post stage_send 0.00", "wait stage_send 0.00-19.53", "13 kernels 19.53-32.53",
                                "post token_return 32.53", "wait token_return 32.53-32.53", "end 0",
                                "post stage_send 32.53", "wait stage_send 32.53-52.20", "13 kernels 52.20-65.20",
                                "post token_return 65.20", "wait token_return 65.20-65.20", "end 1"});
}

TEST(Pipeline, SecondMicroBatchWorksWhileTheFirstIsElsewhere) {
  // 4 tokens each: 4.27 s to the second stage, 0.07 s back. The second micro-batch's hidden states come at 26.27, while
  // the first is in the second stage until 28.27; its tokens are back 0.07 s later, and its next ones come at 43.60.
  const auto lines = simulated(spec_of({2, 2}, 8));
  expect_begins_with(lines[0],
                     {"11 kernels 0.00-11.00", "post stage_send 11.00", "wait stage_send 11.00-11.00",
                      "11 kernels 11.00-22.00", "post stage_send 22.00", "wait stage_send 22.00-22.00", "end 0",
                      "post token_return 22.00", "wait token_return 22.00-28.33", "11 kernels 28.33-39.33"});
  expect_begins_with(
      lines[1], {"post stage_send 0.00", "wait stage_send 0.00-15.27", "13 kernels 15.27-28.27",
                 "post token_return 28.27", "wait token_return 28.27-28.27", "post stage_send 28.27",
                 "wait stage_send 28.27-28.27", "13 kernels 28.27-41.27", "post token_return 41.27",
                 "wait token_return 41.27-41.27", "end 0", "post stage_send 41.27", "wait stage_send 41.27-43.60"});
}

TEST(Pipeline, SynchronousSendsHoldTheSender) {
  // The first stage goes on when its 4.27 s are over and a flag of 8 bytes is back, 0.03 s later.
  PipelineParallelism pipeline{2, 2};
  pipeline.sends = PipelineParallelism::Sends::sync;
  const auto lines = simulated(spec_of(pipeline, 8));
  expect_begins_with(lines[0], {"11 kernels 0.00-11.00", "post stage_send 11.00", "wait stage_send 11.00-11.00",
                                "post stage_send 11.00", "wait stage_send 11.00-15.30", "11 kernels 15.30-26.30"});
  expect_begins_with(lines[1],
                     {"post stage_send 0.00", "wait stage_send 0.00-15.27", "post stage_send 15.27",
                      "wait stage_send 15.27-15.27", "13 kernels 15.27-28.27", "post token_return 28.27",
                      "wait token_return 28.27-28.27", "post stage_send 28.27", "wait stage_send 28.27-30.57"});
}

/// Two measured steps after two of warm-up.
struct Measured {
  Seconds cycle;
  Seconds traversal;
  std::vector<StateSeconds> states;  ///< Per step, by rank.
};

Measured measured(const DecodeSpec& spec) {
  constexpr int steps = 2;
  DecodeProgram program(spec, draws_for(spec));
  Accounting accounting(program, spec.model.layers, 2, steps);
  NetworkConfig network;
  network.tolerance = 0;
  execute(program, slow_platform(), network, accounting);
  const Seconds window = *accounting.window().end - *accounting.window().begin;
  Measured result{window / steps, accounting.traversal(), accounting.breakdown()};
  for (StateSeconds& states : result.states) {
    EXPECT_NEAR(std::accumulate(states.begin(), states.end(), 0.0), window, 1e-9);
    for (Seconds& seconds : states) seconds /= steps;
  }
  const auto& path = accounting.critical_path();
  EXPECT_NEAR(std::accumulate(path.begin(), path.end(), 0.0), window, 1e-9);
  return result;
}

class PipelineCycle : public testing::TestWithParam<int> {};

// A micro-batch's next step begins when its tokens are back; a stage takes one after another. Of 12 sequences.
TEST_P(PipelineCycle, IsTheRoundTripOrTheSlowestStage) {
  const int micro_batches = GetParam();
  const double sequences = 12.0 / micro_batches;
  const Seconds round_trip = first_stage + send_of(sequences) + second_stage + return_of(sequences);
  const Measured m = measured(spec_of({2, micro_batches}, 12));
  EXPECT_NEAR(m.cycle, std::max(round_trip, micro_batches * second_stage), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(, PipelineCycle, testing::Values(1, 2, 3, 4));

/// Launches of all kernels of one step of all ranks, their flops, and bytes of the attention kernels.
struct Work {
  Seconds launches = 0;
  Flops flops = 0;
  Bytes cache = 0;
};

Work work_of_step(const DecodeSpec& spec) {
  DecodeProgram program(spec, draws_for(spec));
  Work sum;
  std::vector<Op> ops;
  for (int rank = 0; rank < program.ranks(); ++rank) {
    do {
      ops.clear();
      program.next(rank, ops);
      for (const Op& op : ops) {
        const auto* kernel = std::get_if<Kernel>(&op);
        if (!kernel) continue;
        sum.launches += kernel->overhead;
        sum.flops += kernel->flops;
        if (kernel->stage == static_cast<int>(Stage::attention)) sum.cache += kernel->bytes;
      }
    } while (!std::holds_alternative<EndStep>(ops.back()));
  }
  return sum;
}

TEST(Pipeline, OneMicroBatchTakesTheSumOfTheStages) {
  // Against the same two layers on one GPU, whose step is its kernels one after another: what is more are the two that
  // copy, and the ways there and back.
  const Seconds whole = work_of_step(spec_of({}, 8)).launches;
  EXPECT_EQ(whole, 1 + 2 * 9 + 3);
  const Measured piped = measured(spec_of({2, 1}, 8));
  EXPECT_NEAR(piped.cycle, whole + 2 + send_of(8) + return_of(8), 1e-9);
  EXPECT_NEAR(piped.traversal, whole + 2 + send_of(8), 1e-9);
}

TEST(Pipeline, WaitingForAnotherStageIsABubbleUntilItsLastKernel) {
  const Measured m = measured(spec_of({2, 1}, 8));
  const auto state = [&](std::size_t rank, State which) { return m.states[rank][static_cast<std::size_t>(which)]; };
  EXPECT_NEAR(state(0, State::overhead), first_stage, 1e-9);
  EXPECT_NEAR(state(0, State::pipeline_bubble), send_of(8) + second_stage, 1e-9);
  EXPECT_NEAR(state(0, State::exposed_communication), return_of(8), 1e-9);
  EXPECT_NEAR(state(1, State::overhead), second_stage, 1e-9);
  EXPECT_NEAR(state(1, State::pipeline_bubble), return_of(8) + first_stage, 1e-9);
  EXPECT_NEAR(state(1, State::exposed_communication), send_of(8), 1e-9);
  EXPECT_EQ(state(0, State::straggler_wait) + state(1, State::straggler_wait), 0);
}

TEST(Pipeline, StagesTogetherDoTheSameWork) {
  // Each token meets each layer once, in whatever stage and micro-batch: no tile is padded here (tile 1), and a cache
  // is read once per step. The experts are drawn per token, the same for all layouts.
  for (const Parallelism& stage :
       {Parallelism{}, Parallelism{{2, 1, 1}, {1, 2, 1}}, Parallelism{{1, 1, 2}, {1, 2, 1}}}) {
    const Work whole = work_of_step(spec_of({}, 13, stage, 5));
    for (const int micro_batches : {1, 2, 3}) {
      const Work piped = work_of_step(spec_of({4, micro_batches}, 13, stage, 5));
      EXPECT_NEAR(piped.flops, whole.flops, 1e-9 * whole.flops);
      EXPECT_NEAR(piped.cache, whole.cache, 1e-9 * whole.cache);
    }
  }
}

TEST(Pipeline, LayersAreDividedEvenlyFirstStagesFirst) {
  // 7 = 3 + 2 + 2.
  const std::vector<std::pair<int, int>> expected{{0, 3}, {3, 2}, {5, 2}};
  for (int stage = 0; stage < 3; ++stage) {
    const LayerRange layers = layers_of_stage(7, 3, stage);
    EXPECT_EQ(std::pair(layers.first, layers.count), expected[static_cast<std::size_t>(stage)]);
  }
}

TEST(Pipeline, EachStageDispatchesAmongItsOwnGpus) {
  // Two stages of EP2 on four GPUs in two islands: whoever of a stage computes experts is one of its two GPUs, and what
  // a stage sends goes to the GPU with the same place in the next one.
  const DecodeSpec spec = spec_of({2, 2}, 8, {{2, 1, 1}, {1, 2, 1}});
  DecodeProgram program(spec, draws_for(spec));
  std::vector<Op> ops;
  for (int rank = 0; rank < 4; ++rank) {
    do {
      ops.clear();
      program.next(rank, ops);
      for (const Op& op : ops) {
        const auto* post = std::get_if<Post>(&op);
        if (!post) continue;
        const int other = post->exchange->ranks[0] + post->exchange->ranks[1] - rank;
        const auto family = static_cast<Family>(post->exchange->family);
        const bool is_between = family == Family::stage_send || family == Family::token_return;
        EXPECT_EQ(other, is_between ? (rank + 2) % 4 : rank / 2 * 2 + (1 - rank % 2)) << rank;
      }
    } while (!std::holds_alternative<EndStep>(ops.back()));
  }
}

}  // namespace
}  // namespace ringtail
