#include "simulation/layout_choice.hpp"

#include <gtest/gtest.h>

#include "config/catalog.hpp"
#include "config/commented_deployment.hpp"
#include "config/load.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

const std::filesystem::path data = RINGTAIL_SOURCE_DIR;

Deployment parts(const std::string& model, const std::string& platform, const std::string& context = "4k") {
  const LoadResult loaded = load_deployment_text(
      "d.yaml", "gpus: 1\n", {"model=" + model, "platform=" + platform, "decode.context=" + context}, data);
  EXPECT_EQ(loaded.errors, "");
  return *loaded.deployment;
}

class Shipped : public testing::TestWithParam<std::string> {};

// For each model, on each platform, on 8 and on 64 GPUs: what is chosen is written, read again without a mistake as the
// same layout, fits as it said, and simulates a step with one sequence on each GPU.
TEST_P(Shipped, ModelGetsALayoutThatIsValidAndRuns) {
  int fitting = 0;
  for (const Listing& platform : list_platforms(data)) {
    for (const int gpus : {8, 64}) {
      const LayoutChoice choice = choose_layout(parts(GetParam(), platform.name), gpus);
      if (choice.chosen.batch == 0) continue;
      SCOPED_TRACE(platform.name + " " + std::to_string(gpus));
      ++fitting;
      const std::string text = commented_deployment(choice.deployment, GetParam(), platform.name);
      const LoadResult written = load_deployment_text("d.yaml", text, {}, data);
      ASSERT_EQ(written.errors, "") << text;
      const BatchPlan plan = plan_batch(*written.deployment);
      ASSERT_FALSE(plan.error);
      EXPECT_EQ(plan.capacity.batch_total, choice.chosen.batch);
      EXPECT_LE(plan.capacity.ledger.used(), plan.capacity.ledger.capacity);
      Deployment small = *written.deployment;
      small.decode.batch = {Batch::Kind::total, std::min(gpus, choice.chosen.batch)};
      small.run = {.steps = 1, .warmup = 0, .replications = 1, .seed = 1};
      const Result result = simulate(small, plan_batch(small), {});
      ASSERT_TRUE(result.feasible());
      EXPECT_GT(result.measurement->step.mean, 0);
    }
  }
  RecordProperty("fitting", fitting);
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Listing& listing : list_models(data)) names.push_back(listing.name);
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Models, Shipped, testing::ValuesIn(model_names()), test_name);

// Dense: the matrices of a 405 GB model do not fit a GPU of 80 GiB but in eighths; two such groups share 16 GPUs.
TEST(LayoutChoice, SplitsADenseModelWithinAnIsland) {
  const auto [attention, ffn, pipeline, order] =
      choose_layout(parts("llama-3.1-405b", "h100-sxm"), 16).deployment.parallelism;
  EXPECT_EQ(attention.dp, 2);
  EXPECT_EQ(attention.tp, 8);
  EXPECT_EQ(ffn.dp, 2);
  EXPECT_EQ(ffn.tp, 8);
}

// Latent attention: each TP rank would store the whole latent again, so every GPU has sequences of its own.
TEST(LayoutChoice, KeepsLatentAttentionWhole) {
  const auto [attention, ffn, pipeline, order] =
      choose_layout(parts("deepseek-v3", "h100-sxm"), 64).deployment.parallelism;
  EXPECT_EQ(attention.dp, 64);
  EXPECT_EQ(ffn.ep, 64);
}

// A cache of 1 M tokens of Llama-3.1-405B: 126 layers · 2 · 8 heads · 128 · 2 B = 516 kB a token, 541 GB a sequence:
// over 8 H100 (687 GB in all, 405 GB of them weights) it does not fit, over 64 it does, split along its length.
TEST(LayoutChoice, SplitsTheCacheOfALongContext) {
  const Deployment wanted = parts("llama-3.1-405b", "h100-sxm", "1M");
  EXPECT_EQ(choose_layout(wanted, 8).chosen.batch, 0);
  const LayoutChoice choice = choose_layout(wanted, 64);
  EXPECT_GT(choice.chosen.batch, 0);
  EXPECT_GT(choice.deployment.parallelism.attention.kvp, 1);
}

// 671 GB of weights: more than 8 GPUs of 80 GiB, and what is named instead must fit.
TEST(LayoutChoice, NamesANumberOfGpusThatWouldDo) {
  const Deployment wanted = parts("deepseek-v3", "h100-sxm");
  EXPECT_EQ(choose_layout(wanted, 8).chosen.batch, 0);
  const int enough = gpus_that_fit(wanted, 8);
  EXPECT_GT(enough, 8);
  EXPECT_GT(choose_layout(wanted, enough).chosen.batch, 0);
}

// 12 GPUs do not fill islands of 8, whatever the layout.
TEST(LayoutChoice, SaysWhyNoLayoutIsPossible) {
  const LayoutChoice choice = choose_layout(parts("deepseek-v3", "h100-sxm"), 12);
  EXPECT_NE(choice.errors.find("set on the command line: error: gpus = 12 does not fill islands"), std::string::npos)
      << choice.errors;
  // Nothing about layouts, which nobody gave.
  EXPECT_EQ(choice.errors.find("parallelism"), std::string::npos) << choice.errors;
}

// 320 GPUs are no islands of 72; five of them are the next, and hold 671 GB many times.
TEST(LayoutChoice, NamesTheNextNumberOfIslands) {
  const Deployment wanted = parts("deepseek-v3", "gb200-nvl72");
  EXPECT_NE(choose_layout(wanted, 320).errors, "");
  EXPECT_EQ(gpus_that_fit(wanted, 320), 360);
}

// None with at most half the batch is taken, and no smaller group would have given more than half.
TEST(LayoutChoice, TakesTheSmallestGroupsThatGiveHalfOfTheLargestBatch) {
  const LayoutChoice choice = choose_layout(parts("qwen3-235b-a22b", "h100-sxm"), 64);
  int largest = 0;
  for (const TriedLayout& layout : choice.tried) largest = std::max(largest, layout.batch);
  EXPECT_GE(2 * choice.chosen.batch, largest);
  for (const TriedLayout& layout : choice.tried) {
    if (layout.parallelism.attention.tp == choice.chosen.parallelism.attention.tp) break;
    EXPECT_LT(2 * layout.batch, largest);
  }
}

}  // namespace
}  // namespace ringtail
