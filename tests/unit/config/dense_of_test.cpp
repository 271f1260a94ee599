#include "config/dense_of.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "config/effective.hpp"
#include "files.hpp"
#include "model/attention_core.hpp"
#include "model/dense_counterpart.hpp"
#include "model/parameters.hpp"
#include "same.hpp"

namespace ringtail {
namespace {

using testing::HasSubstr;

class DenseOf : public Files {
 protected:
  static Deployment shipped(const std::string& model, const std::vector<std::string>& overrides = {}) {
    std::ofstream("d.yaml") << "model: " << model
                            << "\nplatform: paper-reference\ngpus: 64\n"
                               "parallelism: {attention: {dp: 8, tp: 8}, ffn: {ep: 8, tp: 8}}\n"
                               "decode: {context: 4k}\n";
    LoadResult result = load_deployment("d.yaml", overrides, RINGTAIL_SOURCE_DIR);
    EXPECT_EQ(result.errors, "");
    return result.deployment.value_or(Deployment{});
  }
};

// P = 3.67 · 671 026 404 352 / 32 = 76 958 340 749; less attention, norms, embedding and head (13 267 786 752) and over
// 61 · 3 · 7168 that is a width of 48 554.1; the nearest multiple of TP 8 · tile 64 = 512 is 48 640.
TEST_F(DenseOf, DeepSeekByHand) {
  const Model model = shipped("{dense_of: deepseek-v3, q: 3.67}").model;
  EXPECT_EQ(model.name, "DeepSeek-V3 dense (q = 3.67)");
  EXPECT_FALSE(model.moe);
  EXPECT_EQ(model.layers, 61);
  EXPECT_EQ(model.ffn.intermediate_size, 48640);
  EXPECT_TRUE(model.ffn.gated);
  EXPECT_NEAR(model.dense_match->target, 76'958'340'749.0, 1);
  EXPECT_NEAR(deviation_from_target(model), 0.001464, 1e-6);
}

// Mixtral-8x7B: 46 702 792 704 parameters, 2 of 8 experts, so at q = 2 half of them: 23 351 396 352. Attention 1 342
// 177 280, norms 266 240 and two vocabularies of 131 072 000 stay: 1 604 587 520; over 32 · 3 · 4096 that is 55 305.0.
TEST_F(DenseOf, MixtralByHand) {
  const Model model = shipped("{dense_of: mixtral-8x7b, q: 2}").model;
  EXPECT_EQ(model.ffn.intermediate_size, 55296);  // 108 · 512
  EXPECT_EQ(model.dense_match->target, 46'702'792'704.0 / 2);
}

// Rounding to the nearest multiple m of the width is off by m/2 at most, in each of the layers' 3·h.
TEST_F(DenseOf, DeviationIsThatOfRounding) {
  for (const char* const moe : {"deepseek-v3", "mixtral-8x22b", "qwen3-30b-a3b", "glam-64b-64e", "switch-c-2048"}) {
    for (const char* const q : {"2.5", "3.67", "5.32"}) {
      const Model model =
          shipped(std::string("{dense_of: ") + moe + ", q: " + q + "}", {"parallelism.attention={dp: 64}"}).model;
      EXPECT_EQ(model.ffn.intermediate_size % 512, 0) << moe;
      const int layers = model.layers + (model.encoder ? model.encoder->layers : 0);
      const double bound = 512 / 2 * layers * (model.ffn.gated ? 3.0 : 2.0) * model.hidden_size;
      EXPECT_LE(std::abs(deviation_from_target(model)) * model.dense_match->target, bound * (1 + 1e-9)) << moe;
    }
  }
}

// "The same KV": bytes per token and layer, layers, and the window of gpt-oss.
TEST_F(DenseOf, KeepsTheKvCache) {
  for (const std::string moe : {"deepseek-v3", "mixtral-8x22b", "gpt-oss-120b"}) {
    const Model original = shipped(moe).model;
    const Model dense = shipped("{dense_of: " + moe + ", q: 4}").model;
    EXPECT_EQ(dense.layers, original.layers);
    EXPECT_EQ(kv_elements_per_token(dense.attention, 8), kv_elements_per_token(original.attention, 8));
    EXPECT_EQ(dense.attended_tokens(0, 4096), original.attended_tokens(0, 4096));
    EXPECT_EQ(count_parameters(dense).attention, count_parameters(original).attention);
  }
}

// All ways to say the same give the same deployment.
TEST_F(DenseOf, CanBeGivenOnTheCommandLine) {
  const std::string wanted = effective_yaml(shipped("{dense_of: mixtral-8x7b, q: 2}"));
  EXPECT_EQ(effective_yaml(shipped("{dense_of: mixtral-8x7b, q: 3}", {"model.q=2"})), wanted);
  EXPECT_EQ(effective_yaml(shipped("deepseek-v3", {"model={dense_of: mixtral-8x7b, q: 2}"})), wanted);
  EXPECT_EQ(effective_yaml(shipped("deepseek-v3", {"model.dense_of=mixtral-8x7b", "model.q=2"})), wanted);
  EXPECT_EQ(effective_yaml(shipped("{dense_of: mixtral-8x7b, q: 2, match: total}")), wanted);
}

// The MoE may be changed first: half the layers of Mixtral have half the attention, and so on.
TEST_F(DenseOf, TakesAnMoeThatIsWrittenOutOrChanged) {
  EXPECT_EQ(shipped("{dense_of: mixtral-8x7b, q: 2}", {"model.dense_of.layers=16"}).model.layers, 16);
  const Deployment d = loaded(
      "model:\n  dense_of: {name: own, layers: 2, hidden_size: 512, vocab_size: 1000,\n"
      "    attention: {heads: 8, kv_heads: 8, head_dim: 64},\n"
      "    moe: {experts: 64, experts_per_token: 2, intermediate_size: 2048}}\n"
      "  q: 8\n"
      "platform: box\ngpus: 8\nparallelism: {attention: {dp: 8}, ffn: {ep: 8}}\n"
      "decode: {context: 4k}\n");
  // 64 experts of 3·512·2048, a router of 64·512, attention of 4·512·512 and norms in each of 2 layers; two
  // vocabularies.
  const double rest = 2 * (4 * 512 * 512 + 2 * 512) + 512 + 2 * 512'000.0;
  const double total = rest + 2 * 64 * (3 * 512 * 2048 + 512.0);
  const double width = (8 * total / 32 - rest) / (2 * 3 * 512);
  EXPECT_NEAR(d.model.ffn.intermediate_size, width, 0.5);  // box has no tiles, and TP is 1
}

// match: active is q · 36 625 603 584 for DeepSeek-V3 (its matrices less 248 of 256 experts and the embedding): at q =
// 2 (73 251 207 168 - 13 267 786 752) / 1 311 744 = 45 727.9, of which 512 · 89 = 45 568 is nearest.
TEST_F(DenseOf, MatchesActiveParameters) {
  EXPECT_EQ(shipped("{dense_of: deepseek-v3, q: 2, match: active}").model.ffn.intermediate_size, 45568);
}

// The effective configuration is the dense model itself, and says what it was matched to.
TEST_F(DenseOf, IsReadBackAsTheSameDeployment) {
  const Deployment first = shipped("{dense_of: deepseek-v3, q: 3.67}");
  const Deployment second = loaded(effective_yaml(first));
  EXPECT_TRUE(same(first, second)) << effective_yaml(first);
  EXPECT_THAT(effective_yaml(first), HasSubstr("    of: DeepSeek-V3\n"));
}

// tests/bad/dense-of-*.yaml show the texts; the q they name is the smallest that works, to its last digit.
TEST_F(DenseOf, NamesTheSmallestQThatWorks) {
  const std::string deployment =
      "model: {dense_of: tiny-moe, q: 0.1}\nplatform: box\ngpus: 8\n"
      "parallelism: {attention: {dp: 8}, ffn: {ep: 8}}\ndecode: {context: 4k}\n";
  const std::string text = errors(deployment);
  const std::size_t at = text.find("q must be at least ");
  ASSERT_NE(at, std::string::npos) << text;
  const double smallest = std::stod(text.substr(at + 19));
  EXPECT_GT(loaded(deployment, {"model.q=" + std::to_string(smallest)}).model.ffn.intermediate_size, 0);
  EXPECT_THAT(errors(deployment, {"model.q=" + std::to_string(smallest - 1e-4)}), HasSubstr("q must be at least"));
}

}  // namespace
}  // namespace ringtail
