// Laws of layouts, of kernels and of what is reported that a whole simulated decode must obey.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>

#include "accounting/accounting.hpp"
#include "decode/decode_program.hpp"
#include "engine/engine.hpp"
#include "simulation/forked.hpp"
#include "simulation/laws.hpp"

namespace ringtail {
namespace {

using testing::layouts_and_overlaps;
using testing::many_layouts;
using testing::measure;
using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_moe_model;

TEST(LayoutLaws, DenseModelOnOneGpuTakesTheSumOfItsKernels) {
  Deployment deployment = tiny_deployment(tiny_dense_model(), 1, {}, 6);
  // By hand, 6 tokens at 1024 cached tokens, bf16, 1 TFLOP/s, 1 TB/s, 1 us per launch, no tile. h = 256, 8 query heads
  // and 2 KV heads of 32, FFN 512 gated, vocabulary 1024.
  const double t = 6, h = 256, q = 256, kv = 128, f = 512, v = 1024, context = 1024;
  const auto gemm = [&](double weights, double in, double out) {
    return 1e-6 + std::max(2 * t * weights / 1e12, (2 * weights + t * (in + out) * 2) / 1e12);
  };
  const auto memory = [&](double bytes) { return 1e-6 + bytes / 1e12; };
  const double attention = 1e-6 + std::max(t * 4 * q * context / 1e12, t * (context * kv * 2 + 2 * q * 2) / 1e12);
  const double layer = memory(t * 4 * h * 2)                      // norm and residual
                       + gemm(h * (q + kv), h, q + kv)            // query, key, value projections
                       + memory(t * ((2 * q + kv) * 2 + kv * 2))  // RoPE, KV write
                       + attention + gemm(q * h, q, h)            // output projection
                       + memory(t * 4 * h * 2)                    // norm and residual
                       + gemm(h * 2 * f, h, 2 * f) + memory(t * 3 * f * 2) + gemm(f * h, f, h);
  const double step = memory(t * 2 * h * 2) + 2 * layer + memory(t * 4 * h * 2) + gemm(h * v, h, v) + memory(t * v * 4);
  EXPECT_NEAR(measure(deployment).step.mean / step, 1.0, 1e-12);
}

TEST(LayoutLaws, BreakdownAndCriticalPathSumToTheStep) {
  // check_sums has looked at every GPU already; this looks at what is reported.
  for (const Deployment& deployment : layouts_and_overlaps()) {
    const Measurement m = measure(deployment);
    const double states = std::accumulate(m.breakdown.begin(), m.breakdown.end(), 0.0);
    EXPECT_NEAR(states / m.step.mean, 1.0, 1e-9);
    double path = 0;
    for (const PathPart& part : m.critical_path) path += part.seconds;
    EXPECT_NEAR(path / m.step.mean, 1.0, 1e-9);
  }
}

TEST(LayoutLaws, ResultsNameTheAlgorithmsUsed) {
  Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{2, 1, 4}, {1, 4, 2}}, 10);
  deployment.collectives.attention_reduce_scatter = GatherAlgorithm::ring;
  deployment.collectives.dispatch = DispatchMode::inter;
  std::map<std::string, std::string> names;
  for (const auto& [family, algorithm, seconds] : measure(deployment).overlap) names[family] = algorithm;
  EXPECT_EQ(names.at("attention_reduce_scatter"), "ring");
  EXPECT_EQ(names.at("dispatch"), "inter");
  EXPECT_EQ(names.at("combine"), "inter");
  EXPECT_EQ(names.at("token_all_gather"), "direct");  // Chosen.
}

TEST(LayoutLaws, WithoutOverlapNothingIsHidden) {
  // A rank that awaits each collective right after its post runs no kernel while it is in one, nor while it forwards
  // for others.
  for (const Deployment& deployment : many_layouts()) {
    const Measurement m = measure(deployment);
    double in_collectives = 0;
    for (const auto& [family, algorithm, seconds] : m.overlap) {
      EXPECT_EQ(seconds.hidden, 0) << family;
      EXPECT_EQ(seconds.overhead, 0) << family;
      in_collectives += seconds.total();
    }
    // So all waiting is in collectives, and all time in collectives is waiting.
    const double waiting = m.breakdown[static_cast<std::size_t>(State::straggler_wait)] +
                           m.breakdown[static_cast<std::size_t>(State::exposed_communication)];
    EXPECT_NEAR(in_collectives / waiting, 1.0, 1e-9);
  }
}

/// Calls look(accounting) after a run of one replication with rank r on GPU slots[r] (r if empty); it returns numbers.
template <class Look>
std::vector<double> run(const Deployment& deployment, const std::vector<int>& slots, const Look& look) {
  const auto texts = run_forked(
      1, 1,
      [&](int, const TellProgress&) {
        const int experts = deployment.model.moe ? deployment.model.moe->experts : 0;
        const DecodeSpec spec{deployment.model,
                              deployment.platform.gpu,
                              Layout(deployment.parallelism, deployment.decode.batch.count, experts),
                              deployment.precision,
                              deployment.collectives,
                              deployment.decode.context.fixed,
                              1,
                              std::make_shared<const Wiring>(deployment.platform, deployment.gpus)};
        std::vector<int> ep_rank;
        for (int e = 0; e < experts; ++e) ep_rank.push_back(spec.layout.slot_holders(e).front());
        DecodeProgram program(
            spec, DecodeProgram::RoutingDraws{
                      ExpertSampler({2, experts, deployment.model.moe->experts_per_token}, deployment.routing, 7, 0),
                      RoutingStatistics(ep_rank, deployment.gpus), 0, 4});
        Accounting accounting(program, deployment.model.layers, 1, 3);
        execute(program, deployment.platform, deployment.network, accounting, slots);
        std::string text;
        for (const double number : look(accounting)) text += fmt::format("{:.17g} ", number);
        return text;
      },
      [](const std::vector<int>&) {});
  std::istringstream text(texts.front());
  return {std::istream_iterator<double>(text), {}};
}

double step_on(const Deployment& deployment, const std::vector<int>& slots) {
  return run(deployment, slots,
             [](const Accounting& accounting) {
               return std::vector{*accounting.window().end - *accounting.window().begin};
             })
      .front();
}

/// The cycle of each block of four ranks, alone.
std::vector<double> cycles_of_fours(const Deployment& deployment) {
  return run(deployment, {}, [&](const Accounting& accounting) {
    std::vector<double> cycles;
    for (int first = 0; first < deployment.gpus; first += 4) cycles.push_back(accounting.own_cycle(first, first + 4));
    return cycles;
  });
}

TEST(LayoutLaws, TwoFfnGroupsAreTwoDeploymentsSideBySide) {
  // Two groups of EP4 with nothing between them: two islands, or halves that only share the fabric's non-blocking
  // switch. The first has the sequences 0..11, as the half-size deployment has, and so the same draws and the same
  // times.
  for (const int island_size : {4, 2}) {
    Deployment both = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {2, 4, 1}}, 24);
    Deployment half = tiny_deployment(tiny_moe_model(), 4, {{4, 1, 1}, {1, 4, 1}}, 12);
    both.platform.island.size = half.platform.island.size = island_size;
    std::vector<double> cycles = cycles_of_fours(both);
    const double alone = cycles_of_fours(half).front();
    EXPECT_NEAR(cycles[0] / alone, 1, 1e-12);
    EXPECT_GT(std::abs(cycles[1] / alone - 1), 1e-6);  // Control: the other group's tokens choose for themselves.
    // Where each token visits all experts there is nothing to choose, and both are alike.
    both.routing = half.routing = {};
    both.model.moe->experts = half.model.moe->experts = both.model.moe->experts_per_token;
    cycles = cycles_of_fours(both);
    EXPECT_NEAR(cycles[0] / cycles_of_fours(half).front(), 1, 1e-12);
    EXPECT_NEAR(cycles[1] / cycles[0], 1, 1e-12);
    EXPECT_NEAR(measure(both).throughput.tokens_per_s / measure(half).throughput.tokens_per_s, 2, 1e-9);
  }
}

TEST(LayoutLaws, DenseGroupsSideBySideAreReplicas) {
  // FFN TP4 x DP2 under attention TP4 x DP2: each half takes what it takes alone. `ep` means the same to a dense layer.
  const Measurement half = measure(tiny_deployment(tiny_dense_model(), 4, {{1, 1, 4}, {1, 1, 4}}, 5));
  const Measurement dp = measure(tiny_deployment(tiny_dense_model(), 8, {{2, 1, 4}, {2, 1, 4}}, 10));
  const Measurement ep = measure(tiny_deployment(tiny_dense_model(), 8, {{2, 1, 4}, {1, 2, 4}}, 10));
  EXPECT_NEAR(dp.step.mean / half.step.mean, 1, 1e-12);
  EXPECT_EQ(dp.step.mean, ep.step.mean);
}

TEST(LayoutLaws, NamesOfGpusDoNotMatter) {
  // Ranks stay together with those of their island; islands and places within them change. The network is the same, so
  // only rounding may differ.
  const Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  const double step = step_on(deployment, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_NEAR(step_on(deployment, {6, 4, 7, 5, 1, 3, 0, 2}) / step, 1.0, 1e-9);
  // Control: with ranks torn out of their islands it is another network, and the step is another.
  EXPECT_GT(std::abs(step_on(deployment, {0, 4, 1, 5, 2, 6, 3, 7}) / step - 1.0), 1e-6);
}

TEST(LayoutLaws, OnOneIslandTheOrderOfRanksDoesNotMatter) {
  for (Deployment deployment : layouts_and_overlaps()) {
    deployment.platform.island.size = 8;
    deployment.parallelism.order = Parallelism().order;
    const double step = measure(deployment).step.mean;
    deployment.parallelism.order = {Degree::dp, Degree::pp, Degree::cp, Degree::tp, Degree::kvp};
    EXPECT_NEAR(measure(deployment).step.mean / step, 1.0, 1e-9);
  }
}

TEST(LayoutLaws, AGroupTakesAsLongAsOnIslandsOfWhatItHasThere) {
  // Two groups of four with dp innermost: each has two GPUs on each of two islands of four. Ports and NICs are a GPU's
  // own and switches do not block, so it is as if each were alone on two islands of two. Tokens visit all experts, so
  // both groups are alike.
  Model moe = tiny_moe_model();
  moe.moe->experts = moe.moe->experts_per_token;
  const auto check = [](Deployment both, Deployment half) {
    both.platform.island.size = 4;
    half.platform.island.size = 2;
    both.routing = half.routing = {};
    const double in_order = measure(both).throughput.tokens_per_s;
    both.parallelism.order = {Degree::dp, Degree::tp};
    const double alone = measure(half).throughput.tokens_per_s;
    EXPECT_NEAR(measure(both).throughput.tokens_per_s / alone, 2, 1e-9);
    EXPECT_GT(std::abs(in_order / alone - 2), 1e-3);  // Control: in order each group has an island.
  };
  check(tiny_deployment(tiny_dense_model(), 8, {{2, 1, 4}, {2, 1, 4}}, 10),
        tiny_deployment(tiny_dense_model(), 4, {{1, 1, 4}, {1, 1, 4}}, 5));
  for (const DispatchMode mode : {DispatchMode::ll, DispatchMode::inter, DispatchMode::automatic}) {
    Deployment both = tiny_deployment(moe, 8, {{2, 1, 4}, {2, 4, 1}}, 24);
    Deployment half = tiny_deployment(moe, 4, {{1, 1, 4}, {1, 4, 1}}, 12);
    both.collectives.dispatch = half.collectives.dispatch = mode;
    check(both, half);
  }
}

TEST(LayoutLaws, ADegradedGpuComputesForLonger) {
  // Alone, without overheads, a GPU at half its speeds takes twice as long: every kernel is max(flops / rate, bytes /
  // rate).
  Deployment deployment = tiny_deployment(tiny_dense_model(), 1, {}, 6);
  deployment.platform.gpu.launch_overhead = 0;
  Kernels& kernels = deployment.platform.gpu.kernels;
  for (KernelEfficiency* k : {&kernels.gemm, &kernels.grouped_gemm, &kernels.attention, &kernels.memory}) k->floor = 0;
  const double sound = measure(deployment).step.mean;
  deployment.platform.degrade.resize(1);
  deployment.platform.degrade[0].gpu = 0;
  deployment.platform.degrade[0].compute = 0.5;
  deployment.platform.degrade[0].hbm = 0.5;
  EXPECT_NEAR(measure(deployment).step.mean / sound, 2.0, 1e-12);
}

TEST(LayoutLaws, MoreBandwidthNeverLengthensAStepOnOneGpu) {
  Deployment deployment = tiny_deployment(tiny_dense_model(), 1, {}, 6);
  double last = 1e9;
  for (const double bandwidth : {0.25e12, 0.5e12, 1e12, 2e12, 4e12}) {
    deployment.platform.gpu.hbm.bandwidth = bandwidth;
    const double step = measure(deployment).step.mean;
    EXPECT_LE(step, last);
    last = step;
  }
}

TEST(LayoutLaws, OneDataParallelGroupAloneTakesAsLongAsManyAlike) {
  // Dense replicas share nothing: eight groups with the same batch each take what one group takes.
  const double one = measure(tiny_deployment(tiny_dense_model(), 1, {{1, 1, 1}, {1, 1, 1}}, 3)).step.mean;
  const double eight = measure(tiny_deployment(tiny_dense_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24)).step.mean;
  EXPECT_NEAR(eight / one, 1.0, 1e-12);
}

TEST(LayoutLaws, IndependentReplicasDecodeAtTheirOwnPace) {
  // Nine sequences on eight replicas: seven replicas have one, one has two and takes longer. What they sample together
  // is the sum of their rates, each as measured alone.
  const auto rate = [](int sequences) {
    return sequences / measure(tiny_deployment(tiny_dense_model(), 1, {}, sequences)).step.mean;
  };
  const Measurement m = measure(tiny_deployment(tiny_dense_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 9));
  EXPECT_NEAR(m.throughput.tokens_per_s / (7 * rate(1) + rate(2)), 1.0, 1e-9);
}

TEST(LayoutLaws, RanksWithoutTokensTakePart) {
  // Three sequences on eight data-parallel ranks: five have no tokens of their own, no work in the dense layer and none
  // in attention, but hold experts.
  const Measurement m = measure(tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 3));
  EXPECT_GT(m.step.mean, 0);
  EXPECT_NEAR(m.throughput.tokens_per_s * m.step.mean, 3, 1e-9);
}

TEST(LayoutLaws, AnAllReduceIsCutEvenlyWhateverTheTokens) {
  // Plain TP8 with 1, 8 and 9 tokens, communication dominating: bytes grow with tokens, and a ninth token adds an
  // eighth.
  const auto exposed = [](int tokens) {
    Deployment deployment = tiny_deployment(tiny_dense_model(), 8, {{1, 1, 8}, {1, 1, 8}}, tokens);
    deployment.platform.island = {8, 1e6, 1.0, 0};
    return measure(deployment).breakdown[static_cast<std::size_t>(State::exposed_communication)];
  };
  const double one = exposed(1);
  EXPECT_NEAR(exposed(8) / one, 8, 1e-6);
  EXPECT_NEAR(exposed(9) / one, 9, 1e-6);
}

}  // namespace
}  // namespace ringtail
