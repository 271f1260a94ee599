#include "simulation/run_estimate.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

struct Case {
  const char* deployment;
  const char* batch;
};

class Estimate : public testing::TestWithParam<Case> {
 protected:
  static Deployment load(const Case& wanted) {
    const std::string file = std::string(RINGTAIL_SOURCE_DIR "/workloads/deployments/") + wanted.deployment + ".yaml";
    const LoadResult loaded = load_deployment(
        file, {std::string("decode.batch=") + wanted.batch, "run={steps: 1, warmup: 0, replications: 1}"},
        RINGTAIL_SOURCE_DIR);
    EXPECT_EQ(loaded.errors, "");
    return *loaded.deployment;
  }
};

// Counts, not clocks: the engine counts what it carried out, independently of who wrote it. It ends when the last GPU
// has finished its step; by then others are in their next one, so it may have carried out up to a step more.
TEST_P(Estimate, CountsWhatTheEngineCarriesOut) {
  const Deployment deployment = load(GetParam());
  const BatchPlan plan = plan_batch(deployment);
  const StepWork work = count_step(deployment, plan.capacity.batch_total);
  const Result result = simulate(deployment, plan, {});
  const auto kernels = static_cast<double>(result.measurement->kernels);
  const auto transfers = static_cast<double>(result.measurement->transfers);
  EXPECT_LE(work.kernels, kernels);
  EXPECT_LE(kernels, 1.05 * work.kernels);
  EXPECT_LE(work.transfers, transfers);
  EXPECT_LE(transfers, 1.05 * work.transfers);
}

// Past the limit the layers that are left are taken to be like the later half of those before. From half of a step on
// that is what they are, but for the draws; DeepSeek-V3's three dense layers are in the first half.
TEST_P(Estimate, ExtrapolatesFromTheFirstLayers) {
  const Deployment deployment = load(GetParam());
  const int batch = plan_batch(deployment).capacity.batch_total;
  const StepWork whole = count_step(deployment, batch);
  const StepWork part = count_step(deployment, batch, whole.transfers / 2);
  EXPECT_NEAR(part.transfers / whole.transfers, 1, 0.02);
  EXPECT_NEAR(part.kernels / whole.kernels, 1, 0.02);
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.deployment;
  std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Deployments, Estimate,
                         testing::Values(Case{"deepseek-v3-64", "{per_gpu: 8}"},
                                         Case{"llama-3.1-405b-64", "{per_gpu: 2}"},
                                         Case{"qwen3-235b-64", "{per_gpu: 4}"}),
                         test_name);

}  // namespace
}  // namespace ringtail
