#include "simulation/calibrated_range.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// One GPU with 8 sequences; a figure of the platform was measured with no more than `up_to`.
std::vector<std::string> sentences(const std::string& key, const CalibratedUpTo& up_to, int batch = 8) {
  Deployment d = ringtail::testing::tiny_deployment(ringtail::testing::tiny_dense_model(), 1, {}, batch);
  Provenance provenance;
  provenance.keys = {key};
  provenance.up_to = up_to;
  d.platform.provenance = {provenance};
  return beyond_calibration(d, plan_batch(d).capacity);
}

CalibratedUpTo rows(int most) {
  CalibratedUpTo up_to;
  up_to.rows = most;
  return up_to;
}

TEST(CalibratedRange, WarnsBeyondTheLargestMeasured) {
  EXPECT_THAT(sentences("gpu.kernels.gemm", rows(8)), IsEmpty());
  EXPECT_THAT(sentences("gpu.kernels.gemm", rows(7)),
              ElementsAre(HasSubstr("8 tokens per step on a GPU, but gpu.kernels.gemm of")));
  CalibratedUpTo batch;
  batch.batch = 7;
  EXPECT_THAT(sentences("gpu.kernels.attention", batch), ElementsAre(HasSubstr("8 sequences on a GPU")));
  CalibratedUpTo context;
  context.context = 1;
  EXPECT_THAT(sentences("gpu.kernels.attention", context), ElementsAre(HasSubstr("tokens of context on a GPU")));
}

// Latent attention does not run in a model with KV heads; nor do fp4 products with weights in another format.
TEST(CalibratedRange, KnowsWhichKernelsRun) {
  EXPECT_THAT(sentences("gpu.kernels.latent_attention", rows(1)), IsEmpty());
  EXPECT_THAT(sentences("gpu.kernels.fp4.gemm", rows(1)), IsEmpty());
  for (const char* const of_experts : {"gpu.kernels.grouped_gemm", "gpu.kernels.dispatch", "gpu.kernels.inter.combine"})
    EXPECT_THAT(sentences(of_experts, rows(1)), IsEmpty());
}

// Those of the mode; on one island (of 4 GPUs) inter is intra; a mode without kernels of its own has those of ll.
TEST(CalibratedRange, KnowsWhichExchangesRun) {
  const auto warned = [](DispatchMode mode, int gpus, const char* key, bool have_own = true) {
    Deployment d = ringtail::testing::tiny_deployment(ringtail::testing::tiny_moe_model(), gpus,
                                                      {{gpus, 1, 1}, {1, gpus, 1}}, 8 * gpus);
    d.collectives.dispatch = mode;
    const ExchangeKernels own{KernelEfficiency{}, KernelEfficiency{}};
    if (have_own) d.platform.gpu.kernels.intra = d.platform.gpu.kernels.inter = own;
    Provenance provenance;
    provenance.keys = {key};
    provenance.up_to = rows(1);
    d.platform.provenance = {provenance};
    return !beyond_calibration(d, plan_batch(d).capacity).empty();
  };
  EXPECT_TRUE(warned(DispatchMode::ll, 8, "gpu.kernels.dispatch"));
  EXPECT_FALSE(warned(DispatchMode::ll, 8, "gpu.kernels.inter.dispatch"));
  EXPECT_TRUE(warned(DispatchMode::inter, 8, "gpu.kernels.inter.dispatch"));
  EXPECT_FALSE(warned(DispatchMode::inter, 8, "gpu.kernels.dispatch"));
  EXPECT_FALSE(warned(DispatchMode::inter, 8, "gpu.kernels.intra.combine"));
  EXPECT_TRUE(warned(DispatchMode::inter, 4, "gpu.kernels.intra.combine"));
  EXPECT_TRUE(warned(DispatchMode::inter, 8, "gpu.kernels.dispatch", false));
  EXPECT_FALSE(warned(DispatchMode::inter, 8, "gpu.kernels.inter.dispatch", false));
  EXPECT_TRUE(warned(DispatchMode::automatic, 8, "gpu.kernels.dispatch"));
  EXPECT_TRUE(warned(DispatchMode::automatic, 8, "gpu.kernels.inter.combine"));
  EXPECT_FALSE(warned(DispatchMode::automatic, 8, "gpu.kernels.intra.combine"));
}

// Nothing is reduced on one GPU.
TEST(CalibratedRange, MessagesAreThoseOfTensorParallelism) {
  CalibratedUpTo message;
  message.message = 1;
  EXPECT_THAT(sentences("gpu.kernels.collective", message), IsEmpty());
}

// Four ranks reduce, eight exchange tokens.
TEST(CalibratedRange, CollectivesAreAmongSoManyRanks) {
  const auto warned = [](const char* key, int most) {
    Deployment d =
        ringtail::testing::tiny_deployment(ringtail::testing::tiny_moe_model(), 8, {{2, 1, 4}, {1, 8, 1}}, 8);
    Provenance provenance;
    provenance.keys = {key};
    provenance.up_to = CalibratedUpTo{};
    provenance.up_to->ranks = most;
    d.platform.provenance = {provenance};
    const auto sentences = beyond_calibration(d, plan_batch(d).capacity);
    return sentences.empty() ? "" : sentences.front();
  };
  EXPECT_EQ(warned("gpu.kernels.collective", 4), "");
  EXPECT_THAT(warned("gpu.kernels.collective", 3), HasSubstr("4 ranks of a collective, but gpu.kernels.collective of"));
  EXPECT_EQ(warned("gpu.kernels.combine", 8), "");
  EXPECT_THAT(warned("gpu.kernels.combine", 7), HasSubstr("8 ranks of a collective"));
}

}  // namespace
}  // namespace ringtail
