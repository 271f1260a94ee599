// Laws of the network that a whole simulated decode must obey, and SimGrid's own models as its oracle.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "simulation/laws.hpp"

namespace ringtail {
namespace {

using testing::layouts_and_overlaps;
using testing::measure;
using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_moe_model;

TEST(NetworkLaws, ScalingAllRatesScalesTheStep) {
  // Time has no scale of its own: all rates k times higher and all fixed times k times shorter is the same simulation
  // on a clock that runs k times faster. k is no power of two, so that rounding differs.
  const double k = 3.7;
  for (Deployment deployment : layouts_and_overlaps()) {
    const double step = measure(deployment).step.mean;
    Platform& p = deployment.platform;
    for (double* rate : {&p.gpu.hbm.bandwidth, &p.gpu.peak.fp8, &p.gpu.peak.bf16, &p.gpu.peak.fp32, &p.island.bandwidth,
                         &p.fabric.bandwidth})
      *rate *= k;
    for (double* time : {&p.gpu.launch_overhead, &p.island.latency, &p.fabric.latency}) *time /= k;
    EXPECT_NEAR(measure(deployment).step.mean * k / step, 1.0, 1e-9) << deployment.name;
  }
}

TEST(NetworkLaws, WholeStepEqualsSimGridsOwnModels) {
  // The oracle: every kernel as two SimGrid Execs, every transfer as a SimGrid Comm.
  for (Deployment deployment : layouts_and_overlaps()) {
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

TEST(NetworkLaws, WholeStepsWithEndpointLimitsEqualSimGridsOwnModels) {
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

TEST(NetworkLaws, EndpointLimitsThatCannotBindChangeNothing) {
  // 25 SMs move what both ports do; not a bit differs. 24 do not.
  const double step = measure(limited_inter({})).step.mean;
  EXPECT_EQ(measure(limited_inter(25)).step.mean, step);
  EXPECT_GE(measure(limited_inter(24)).step.mean, step);
}

TEST(NetworkLaws, FewerSmsNeverShortenAStep) {
  double last = 0;
  for (const int sms : {16, 8, 4, 2, 1}) {
    const double step = measure(limited_inter(sms)).step.mean;
    EXPECT_GE(step, last);
    last = step;
  }
}

TEST(NetworkLaws, NoSmLimitsLowLatencyDispatch) {
  Deployment deployment = limited_inter(1);
  deployment.collectives.dispatch = DispatchMode::ll;
  const double limited = measure(deployment).step.mean;
  deployment.collectives.dispatch_sms.reset();
  // Other links are there, and other rounding.
  EXPECT_NEAR(measure(deployment).step.mean / limited, 1, 1e-12);
}

TEST(NetworkLaws, AutoKnowsEndpointLimits) {
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

TEST(NetworkLaws, WholeStepsRunWithCoupledSharing) {
  // The same transfers in other times, and the same bits again. That states sum to the step and that the critical path
  // is as long as the window is checked in every run.
  for (Deployment deployment : layouts_and_overlaps()) {
    deployment.run = {2, 1, 1, 7};
    const Measurement maxmin = measure(deployment);
    deployment.network.sharing = Sharing::coupled;
    const Measurement coupled = measure(deployment);
    EXPECT_EQ(coupled.transfers, maxmin.transfers);
    EXPECT_EQ(measure(deployment).step.mean, coupled.step.mean);
  }
}

TEST(NetworkLaws, CoupledSharingDoesNotMatterToRanksThatDoTheSame) {
  // One tensor-parallel group with as many tokens for each rank: all post equal messages at the same time, so every
  // port is full, or has one transfer, under both laws.
  Deployment deployment = tiny_deployment(tiny_dense_model(), 4, {{1, 1, 4}, {1, 4}}, 8);
  const double maxmin = measure(deployment).step.mean;
  deployment.network.sharing = Sharing::coupled;
  EXPECT_NEAR(measure(deployment).step.mean / maxmin, 1.0, 1e-9);
}

TEST(NetworkLaws, ADegradedClusterEqualsSimGridsOwnModels) {
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

}  // namespace
}  // namespace ringtail
