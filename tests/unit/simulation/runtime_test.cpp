// What the serving framework's host and limits do to a step and to the batch.
#include <gtest/gtest.h>

#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_moe_model;

Measurement measure(const Deployment& deployment) {
  const BatchPlan plan = plan_batch(deployment);
  EXPECT_FALSE(plan.error);
  return simulate(deployment, plan, {}).measurement.value();
}

double state(const Measurement& m, State state) { return m.breakdown[static_cast<std::size_t>(state)]; }

/// A dense model on one GPU: embedding, 9 kernels in each of 2 layers, final norm, LM head, sampling.
constexpr int kernels = 1 + 2 * 9 + 3;
/// The last of them reads 6 rows of 1024 fp32 logits at 1 TB/s, after a launch of 1 us.
constexpr double last_kernel = 1e-6 + 6 * 1024 * 4 / 1e12;

Deployment one_gpu() { return tiny_deployment(tiny_dense_model(), 1, {}, 6); }

// With a host of h seconds per kernel and kernels of T_i, the GPU ends at max over k of (k·h + T_k + ... + T_n): the
// last launch that the GPU had to wait for, and all from there.
TEST(Runtime, EagerKernelsAreBoundByTheHostOrByTheGpu) {
  Deployment deployment = one_gpu();
  const Measurement captured = measure(deployment);
  deployment.runtime.launch = Runtime::Launch::eager;
  deployment.runtime.launch_time = 1e-3;  // Longer than any kernel: k = n.
  const Measurement slow_host = measure(deployment);
  EXPECT_NEAR(slow_host.step.mean / (kernels * 1e-3 + last_kernel), 1, 1e-12);
  deployment.runtime.launch_time = 1e-7;  // Shorter than any, each of which has a launch overhead of 1 us: k = 1.
  const Measurement fast_host = measure(deployment);
  EXPECT_NEAR(fast_host.step.mean / (1e-7 + captured.step.mean), 1, 1e-12);
  // Waiting for the host is overhead, and nothing else changes.
  for (const Measurement* eager : {&slow_host, &fast_host}) {
    EXPECT_NEAR(state(*eager, State::hbm_bound), state(captured, State::hbm_bound), 1e-15);
    EXPECT_NEAR(state(*eager, State::compute_bound), state(captured, State::compute_bound), 1e-15);
    EXPECT_NEAR(state(*eager, State::overhead) - state(captured, State::overhead),
                eager->step.mean - captured.step.mean, 1e-12);
  }
}

// Beyond the largest captured graph, of so many sequences per attention group, launches are eager.
TEST(Runtime, LaunchesAreEagerAboveTheCapturedBatch) {
  Deployment deployment = one_gpu();
  const double captured = measure(deployment).step.mean;
  deployment.runtime.captured_sequences = 6;
  EXPECT_EQ(measure(deployment).step.mean, captured);
  deployment.runtime.captured_sequences = 5;
  deployment.runtime.launch_time = 1e-3;
  EXPECT_NEAR(measure(deployment).step.mean / (kernels * 1e-3 + last_kernel), 1, 1e-12);
  const Result result = simulate(deployment, plan_batch(deployment), {});
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_NE(result.warnings.front().find("runtime.captured_sequences = 5"), std::string::npos);
}

// All ranks wait at the same time, so a step of any layout is longer by just that, once, and it is overhead on each
// GPU.
TEST(Runtime, TheHostsOverheadComesOncePerStep) {
  for (Deployment deployment : {one_gpu(), tiny_deployment(tiny_dense_model(), 8, {{1, 1, 8}, {1, 1, 8}}, 9)}) {
    const Measurement without = measure(deployment);
    deployment.runtime.step_overhead = 250e-6;
    const Measurement with = measure(deployment);
    EXPECT_NEAR(with.step.mean - without.step.mean, 250e-6, 1e-12);
    EXPECT_NEAR(state(with, State::overhead) - state(without, State::overhead), 250e-6, 1e-12);
    double host = 0;
    for (const PathPart& part : with.critical_path)
      if (part.what == "host") host += part.seconds;
    EXPECT_NEAR(host, 250e-6, 1e-12);
  }
}

// SimGrid's own Execs see the same kernels.
TEST(Runtime, EagerStepsEqualSimGridsOwnModels) {
  Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  deployment.run = {2, 1, 1, 7};
  deployment.runtime.launch = Runtime::Launch::eager;
  deployment.runtime.launch_time = 3e-6;
  deployment.runtime.step_overhead = 20e-6;
  const double fluid = measure(deployment).step.mean;
  deployment.network.solver = NetworkSolver::simgrid;
  EXPECT_NEAR(measure(deployment).step.mean / fluid, 1, 1e-9);
}

TEST(Runtime, MaxSequencesLimitTheBatchOfEachGroup) {
  Deployment deployment = tiny_deployment(tiny_moe_model(), 8, {{4, 1, 2}, {1, 8, 1}}, 24);
  deployment.decode.batch = {Batch::Kind::max, 0};
  const BatchPlan by_memory = plan_batch(deployment);
  EXPECT_GT(by_memory.capacity.batch_total, 12);
  EXPECT_NE(by_memory.capacity.limit, "max_sequences");
  deployment.runtime.max_sequences = 3;  // Of each of 4 groups.
  const BatchPlan capped = plan_batch(deployment);
  EXPECT_EQ(capped.capacity.batch_total, 12);
  EXPECT_EQ(capped.capacity.limit, "max_sequences");
  deployment.decode.batch = {Batch::Kind::total, 13};
  const BatchPlan refused = plan_batch(deployment);
  ASSERT_TRUE(refused.error);
  EXPECT_NE(refused.error->message.find("runtime.max_sequences = 3"), std::string::npos);
  // Beyond both, memory is what is shown, and the batch that is offered keeps to both.
  deployment.decode.batch = {Batch::Kind::total, by_memory.capacity.batch_total + 1};
  EXPECT_NE(plan_batch(deployment).error->message.find("does not fit"), std::string::npos);
  EXPECT_NE(plan_batch(deployment).error->help.find("{total: 12}"), std::string::npos);
  // A cap above what memory holds limits nothing.
  deployment.decode.batch = {Batch::Kind::max, 0};
  deployment.runtime.max_sequences = by_memory.capacity.batch_total;
  EXPECT_EQ(plan_batch(deployment).capacity.batch_total, by_memory.capacity.batch_total);
  EXPECT_EQ(plan_batch(deployment).capacity.limit, by_memory.capacity.limit);
}

}  // namespace
}  // namespace ringtail
