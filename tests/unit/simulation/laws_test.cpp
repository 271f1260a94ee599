// Laws that a whole simulated decode must obey, whatever the numbers.
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
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_encoder_decoder;
using testing::tiny_moe_model;

/// Deployments that between them use every kind of group and every collective.
std::vector<Deployment> many_layouts() {
  Deployment wide_ep = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  Deployment helix = tiny_deployment(tiny_moe_model(), 8, {{1, 4, 2}, {1, 8, 1}}, 11);
  Deployment mixed = tiny_deployment(tiny_moe_model(), 8, {{2, 1, 4}, {1, 4, 2}}, 10);
  Deployment plain_tp = tiny_deployment(tiny_dense_model(), 8, {{2, 1, 4}, {2, 1, 4}}, 9);
  Deployment transition = tiny_deployment(tiny_dense_model(), 8, {{4, 2, 1}, {1, 2, 4}}, 9);
  plain_tp.collectives.all_reduce = AllReduceAlgorithm::ring;
  transition.collectives.all_gather = GatherAlgorithm::ring;
  transition.collectives.reduce_scatter = GatherAlgorithm::ring;
  transition.collectives.kvp_exchange = AllToAllAlgorithm::pairwise;
  helix.collectives.all_reduce = AllReduceAlgorithm::recursive_doubling;
  helix.collectives.kvp_exchange = AllToAllAlgorithm::ring;
  mixed.collectives.all_reduce = AllReduceAlgorithm::in_switch;
  // Two islands of four; experts split over two GPUs; one island of eight.
  Deployment inter = wide_ep;
  inter.collectives.dispatch = DispatchMode::inter;
  Deployment inter_split = mixed;
  inter_split.collectives.dispatch = DispatchMode::inter;
  inter_split.collectives.dispatch_chunks = 3;
  Deployment intra = mixed;
  intra.platform.island.size = 8;
  intra.collectives.dispatch = DispatchMode::intra;
  // Several FFN groups: on an island each, across islands of two, and of a dense model inside one attention group.
  Deployment groups = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {2, 4, 1}}, 19);
  Deployment groups_across = tiny_deployment(tiny_moe_model(), 8, {{2, 2, 2}, {2, 2, 2}}, 9);
  groups_across.platform.island.size = 2;
  groups_across.collectives.dispatch = DispatchMode::inter;
  Deployment dense_groups = tiny_deployment(tiny_dense_model(), 8, {{1, 1, 8}, {2, 1, 4}}, 9);
  // An encoder-decoder with a window, its experts in every other layer: split over heads, over the cache, plainly.
  Deployment crossed = tiny_deployment(tiny_encoder_decoder(), 8, {{2, 1, 4}, {1, 8, 1}}, 10);
  Deployment crossed_helix = tiny_deployment(tiny_encoder_decoder(), 8, {{1, 4, 2}, {1, 8, 1}}, 11);
  Deployment crossed_plain = tiny_deployment(tiny_encoder_decoder(), 8, {{2, 1, 4}, {1, 2, 4}}, 9);
  return {wide_ep, helix,  mixed,         plain_tp,     transition, inter,         inter_split,
          intra,   groups, groups_across, dense_groups, crossed,    crossed_helix, crossed_plain};
}

Measurement measure(const Deployment& deployment) {
  const BatchPlan plan = plan_batch(deployment);
  EXPECT_FALSE(plan.error);
  const Result result = simulate(deployment, plan, {});
  return result.measurement.value();
}

TEST(Laws, DenseModelOnOneGpuTakesTheSumOfItsKernels) {
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

TEST(Laws, BreakdownAndCriticalPathSumToTheStep) {
  // check_sums has looked at every GPU already; this looks at what is reported.
  for (const Deployment& deployment : many_layouts()) {
    const Measurement m = measure(deployment);
    const double states = std::accumulate(m.breakdown.begin(), m.breakdown.end(), 0.0);
    EXPECT_NEAR(states / m.step.mean, 1.0, 1e-9);
    double path = 0;
    for (const PathPart& part : m.critical_path) path += part.seconds;
    EXPECT_NEAR(path / m.step.mean, 1.0, 1e-9);
  }
}

TEST(Laws, ResultsNameTheAlgorithmsUsed) {
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

TEST(Laws, WithoutOverlapNothingIsHidden) {
  // A rank that awaits each collective right after its post runs no kernel while it is in one. Relays do: a rank that has
  // all its own tokens goes on while it still forwards those of others.
  for (const Deployment& deployment : many_layouts()) {
    if (deployment.collectives.dispatch == DispatchMode::inter) continue;
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

TEST(Laws, ScalingAllRatesScalesTheStep) {
  // Time has no scale of its own: all rates k times higher and all fixed times k times shorter is the same simulation
  // on a clock that runs k times faster. k is no power of two, so that rounding differs.
  const double k = 3.7;
  for (Deployment deployment : many_layouts()) {
    const double step = measure(deployment).step.mean;
    Platform& p = deployment.platform;
    for (double* rate : {&p.gpu.hbm.bandwidth, &p.gpu.peak.fp8, &p.gpu.peak.bf16, &p.gpu.peak.fp32, &p.island.bandwidth,
                         &p.fabric.bandwidth})
      *rate *= k;
    for (double* time : {&p.gpu.launch_overhead, &p.island.latency, &p.fabric.latency}) *time /= k;
    EXPECT_NEAR(measure(deployment).step.mean * k / step, 1.0, 1e-9) << deployment.name;
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
                              deployment.decode.context,
                              1,
                              std::make_shared<const Wiring>(deployment.platform, deployment.gpus)};
        std::vector<int> ep_rank;
        for (int e = 0; e < experts; ++e) ep_rank.push_back(spec.layout.expert_holders(e).front());
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

TEST(Laws, TwoFfnGroupsAreTwoDeploymentsSideBySide) {
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

TEST(Laws, DenseGroupsSideBySideAreReplicas) {
  // FFN TP4 x DP2 under attention TP4 x DP2: each half takes what it takes alone. `ep` means the same to a dense layer.
  const Measurement half = measure(tiny_deployment(tiny_dense_model(), 4, {{1, 1, 4}, {1, 1, 4}}, 5));
  const Measurement dp = measure(tiny_deployment(tiny_dense_model(), 8, {{2, 1, 4}, {2, 1, 4}}, 10));
  const Measurement ep = measure(tiny_deployment(tiny_dense_model(), 8, {{2, 1, 4}, {1, 2, 4}}, 10));
  EXPECT_NEAR(dp.step.mean / half.step.mean, 1, 1e-12);
  EXPECT_EQ(dp.step.mean, ep.step.mean);
}

TEST(Laws, NamesOfGpusDoNotMatter) {
  // Ranks stay together with those of their island; islands and places within them change. The network is the same, so
  // only rounding may differ.
  const Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  const double step = step_on(deployment, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_NEAR(step_on(deployment, {6, 4, 7, 5, 1, 3, 0, 2}) / step, 1.0, 1e-9);
  // Control: with ranks torn out of their islands it is another network, and the step is another.
  EXPECT_GT(std::abs(step_on(deployment, {0, 4, 1, 5, 2, 6, 3, 7}) / step - 1.0), 1e-6);
}

TEST(Laws, WholeStepEqualsSimGridsOwnModels) {
  // The oracle: every kernel as two SimGrid Execs, every transfer as a SimGrid Comm.
  for (Deployment deployment : many_layouts()) {
    deployment.run = {2, 1, 1, 7};
    const Measurement fluid = measure(deployment);
    deployment.network.solver = NetworkSolver::simgrid;
    const Measurement oracle = measure(deployment);
    EXPECT_NEAR(oracle.step.mean / fluid.step.mean, 1.0, 1e-9);
    for (std::size_t i = 0; i < state_count; ++i)
      EXPECT_NEAR(oracle.breakdown[i], fluid.breakdown[i], 1e-9 * fluid.step.mean) << state_names[i];
    EXPECT_EQ(oracle.transfers, fluid.transfers);
  }
}

/// Dispatch over both ports of each GPU, which together move 125 GB/s.
Deployment limited_inter(std::optional<int> dispatch_sms) {
  Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{2, 1, 4}, {1, 4, 2}}, 10);
  deployment.collectives.dispatch = DispatchMode::inter;
  deployment.collectives.dispatch_sms = dispatch_sms;
  deployment.platform.gpu.sm_copy_rate = 5e9;
  deployment.run = {2, 1, 1, 7};
  return deployment;
}

TEST(Laws, WholeStepsWithEndpointLimitsEqualSimGridsOwnModels) {
  // The oracle has the limits as links of its own and shares them by its own solver.
  Deployment deployment = limited_inter(1);
  for (const bool dense : {false, true}) {
    if (dense) deployment.collectives.dense_sms = 3;
    deployment.network.solver = NetworkSolver::fluid;
    const Measurement fluid = measure(deployment);
    EXPECT_GT(fluid.step.mean, measure(limited_inter({})).step.mean);  // Control: the limits bind.
    deployment.network.solver = NetworkSolver::simgrid;
    const Measurement oracle = measure(deployment);
    EXPECT_NEAR(oracle.step.mean / fluid.step.mean, 1.0, 1e-9);
    for (std::size_t i = 0; i < state_count; ++i)
      EXPECT_NEAR(oracle.breakdown[i], fluid.breakdown[i], 1e-9 * fluid.step.mean) << state_names[i];
    EXPECT_EQ(oracle.transfers, fluid.transfers);
  }
}

TEST(Laws, EndpointLimitsThatCannotBindChangeNothing) {
  // 25 SMs move what both ports do; not a bit differs. 24 do not.
  const double step = measure(limited_inter({})).step.mean;
  EXPECT_EQ(measure(limited_inter(25)).step.mean, step);
  EXPECT_GE(measure(limited_inter(24)).step.mean, step);
}

TEST(Laws, FewerSmsNeverShortenAStep) {
  double last = 0;
  for (const int sms : {16, 8, 4, 2, 1}) {
    const double step = measure(limited_inter(sms)).step.mean;
    EXPECT_GE(step, last);
    last = step;
  }
}

TEST(Laws, NoSmLimitsLowLatencyDispatch) {
  Deployment deployment = limited_inter(1);
  deployment.collectives.dispatch = DispatchMode::ll;
  const double limited = measure(deployment).step.mean;
  deployment.collectives.dispatch_sms.reset();
  // Other links are there, and other rounding.
  EXPECT_NEAR(measure(deployment).step.mean / limited, 1, 1e-12);
}

TEST(Laws, AutoKnowsEndpointLimits) {
  // One copy per GPU is never more than one per expert, so intra is what auto takes, unless one SM is to copy it all.
  Deployment deployment = limited_inter({});
  deployment.platform.island.size = 8;
  deployment.collectives.dispatch = DispatchMode::automatic;
  const auto mode = [&] {
    for (const auto& [family, algorithm, seconds] : measure(deployment).overlap)
      if (family == "dispatch") return std::string(algorithm);
    return std::string();
  };
  EXPECT_EQ(mode(), "intra");
  deployment.collectives.dispatch_sms = 1;
  EXPECT_EQ(mode(), "ll");
}

TEST(Laws, WholeStepsRunWithCoupledSharing) {
  // The same transfers in other times, and the same bits again. That states sum to the step and that the critical path
  // is as long as the window is checked in every run.
  for (Deployment deployment : many_layouts()) {
    deployment.run = {2, 1, 1, 7};
    const Measurement maxmin = measure(deployment);
    deployment.network.sharing = Sharing::coupled;
    const Measurement coupled = measure(deployment);
    EXPECT_EQ(coupled.transfers, maxmin.transfers);
    EXPECT_EQ(measure(deployment).step.mean, coupled.step.mean);
  }
}

TEST(Laws, CoupledSharingDoesNotMatterToRanksThatDoTheSame) {
  // One tensor-parallel group with as many tokens for each rank: all post equal messages at the same time, so every
  // port is full, or has one transfer, under both laws.
  Deployment deployment = tiny_deployment(tiny_dense_model(), 4, {{1, 1, 4}, {1, 4}}, 8);
  const double maxmin = measure(deployment).step.mean;
  deployment.network.sharing = Sharing::coupled;
  EXPECT_NEAR(measure(deployment).step.mean / maxmin, 1.0, 1e-9);
}

TEST(Laws, ADegradedClusterEqualsSimGridsOwnModels) {
  // The oracle again, with a slow GPU and a slow NIC: hosts and links of SimGrid that are slower from the start.
  Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  deployment.run = {2, 1, 1, 7};
  const double sound = measure(deployment).step.mean;
  deployment.platform.degrade.resize(2);
  deployment.platform.degrade[0].gpu = 5;
  deployment.platform.degrade[0].compute = 0.3;
  deployment.platform.degrade[0].hbm = 0.5;
  deployment.platform.degrade[1].gpu = 2;
  deployment.platform.degrade[1].nic = 0.2;
  deployment.platform.degrade[1].nvlink = 0.4;
  const Measurement fluid = measure(deployment);
  EXPECT_GT(fluid.step.mean, sound);
  deployment.network.solver = NetworkSolver::simgrid;
  const Measurement oracle = measure(deployment);
  EXPECT_NEAR(oracle.step.mean / fluid.step.mean, 1.0, 1e-9);
  for (std::size_t i = 0; i < state_count; ++i)
    EXPECT_NEAR(oracle.breakdown[i], fluid.breakdown[i], 1e-9 * fluid.step.mean) << state_names[i];
}

TEST(Laws, ADegradedGpuComputesForLonger) {
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

TEST(Laws, MoreBandwidthNeverLengthensAStepOnOneGpu) {
  Deployment deployment = tiny_deployment(tiny_dense_model(), 1, {}, 6);
  double last = 1e9;
  for (const double bandwidth : {0.25e12, 0.5e12, 1e12, 2e12, 4e12}) {
    deployment.platform.gpu.hbm.bandwidth = bandwidth;
    const double step = measure(deployment).step.mean;
    EXPECT_LE(step, last);
    last = step;
  }
}

TEST(Laws, OneDataParallelGroupAloneTakesAsLongAsManyAlike) {
  // Dense replicas share nothing: eight groups with the same batch each take what one group takes.
  const double one = measure(tiny_deployment(tiny_dense_model(), 1, {{1, 1, 1}, {1, 1, 1}}, 3)).step.mean;
  const double eight = measure(tiny_deployment(tiny_dense_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24)).step.mean;
  EXPECT_NEAR(eight / one, 1.0, 1e-12);
}

TEST(Laws, IndependentReplicasDecodeAtTheirOwnPace) {
  // Nine sequences on eight replicas: seven replicas have one, one has two and takes longer. What they sample together
  // is the sum of their rates, each as measured alone.
  const auto rate = [](int sequences) {
    return sequences / measure(tiny_deployment(tiny_dense_model(), 1, {}, sequences)).step.mean;
  };
  const Measurement m = measure(tiny_deployment(tiny_dense_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 9));
  EXPECT_NEAR(m.throughput.tokens_per_s / (7 * rate(1) + rate(2)), 1.0, 1e-9);
}

TEST(Laws, RanksWithoutTokensTakePart) {
  // Three sequences on eight data-parallel ranks: five have no tokens of their own, no work in the dense layer and none
  // in attention, but hold experts.
  const Measurement m = measure(tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 3));
  EXPECT_GT(m.step.mean, 0);
  EXPECT_NEAR(m.throughput.tokens_per_s * m.step.mean, 3, 1e-9);
}

TEST(Laws, AnAllReduceIsCutEvenlyWhateverTheTokens) {
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
