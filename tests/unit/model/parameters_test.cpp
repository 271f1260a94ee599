#include "model/parameters.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "model/published_models.hpp"
#include "model/weights.hpp"

namespace ringtail {
namespace {

class PublishedTotals : public testing::TestWithParam<Model (*)()> {};

// The published figures are rounded to three digits (DeepSeek-V3 671 B / 37 B: arXiv:2412.19437; Qwen3 235 B / 22 B:
// arXiv:2505.09388; Llama 405 B: arXiv:2407.21783); what is active is counted differently by each publisher.
TEST_P(PublishedTotals, AreMet) {
  const Model model = GetParam()();
  const ParameterCount count = count_parameters(model);
  EXPECT_LT(std::abs(count.total() / model.published->total - 1), 0.01) << count.total();
  EXPECT_LT(std::abs(count.active() / model.published->active.value() - 1), 0.03) << count.active();
}

INSTANTIATE_TEST_SUITE_P(ShippedModels, PublishedTotals,
                         testing::Values(published::deepseek_v3, published::qwen3_235b_a22b, published::llama_3_1_405b),
                         [](const auto& test) {
                           const std::string name = test.param().name;
                           return name.substr(0, name.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
                         });

// Matrix by matrix from config.json: per layer W_DQ 7168·1536 + W_UQ,QR 1536·128·192 + W_DKV,KR 7168·576 + W_UK,UV
// 512·128·256 + W_O 128·128·7168 = 187 105 280, norms 2·7168 + 1536 + 512 = 16 384; 3 dense layers of 3·7168·18432; 58
// MoE layers of 257 experts of 3·7168·2048 and a router of 7168·256; embedding and head of 129280·7168; a final norm.
TEST(ParameterCount, DeepSeekV3MatrixByMatrix) {
  const ParameterCount count = count_parameters(published::deepseek_v3());
  EXPECT_EQ(count.attention_per_layer, 187'105'280);
  EXPECT_EQ(count.attention, 11'413'422'080);
  EXPECT_EQ(count.dense_ffn, 1'189'085'184);
  EXPECT_EQ(count.experts, 653'908'770'816);
  EXPECT_EQ(count.shared_experts, 2'554'331'136);
  EXPECT_EQ(count.router, 106'430'464);
  EXPECT_EQ(count.norms, 1'006'592);
  EXPECT_EQ(count.embeddings, 926'679'040);
  EXPECT_EQ(count.lm_head, 926'679'040);
  EXPECT_EQ(count.total(), 671'026'404'352);
  // 8 of 256 experts are visited, and the embedding is not multiplied with.
  EXPECT_EQ(count.active(), 671'026'404'352 - 653'908'770'816 / 256 * 248 - 926'679'040);
}

// Per layer (2·128 + 2·8) heads of 128 on 16384, 3·16384·53248 and two norms; 126 layers; embedding and head of
// 128256·16384; a final norm: 405 853 388 800, of which a token is multiplied with all but the embedding.
TEST(ParameterCount, LlamaMatrixByMatrix) {
  const ParameterCount count = count_parameters(published::llama_3_1_405b());
  EXPECT_EQ(count.attention_per_layer, 570'425'344);
  EXPECT_EQ(count.total(), 405'853'388'800);
  EXPECT_EQ(count.active(), 405'853'388'800 - 2'101'346'304);
  EXPECT_EQ(count.experts + count.shared_experts + count.router, 0);
}

// A tied head is stored once and still multiplied with.
TEST(ParameterCount, TiedEmbeddingsAreStoredOnceAndUsedAsHead) {
  Model model = published::qwen3_235b_a22b();
  const ParameterCount untied = count_parameters(model);
  model.tied_embeddings = true;
  const ParameterCount tied = count_parameters(model);
  EXPECT_EQ(untied.total() - tied.total(), 151936.0 * 4096.0);
  EXPECT_EQ(untied.active(), tied.active());
}

// T5-style FFNs have two matrices where gated ones have three: 2·h·f instead of 3·h·f.
TEST(Weights, UngatedFfnHasTwoMatrices) {
  Model model = published::llama_3_1_405b();
  model.ffn.gated = false;
  EXPECT_EQ(dense_ffn_weights(model).up, 16384.0 * 53248.0);
  EXPECT_EQ(dense_ffn_weights(model).total(), 2 * 16384.0 * 53248.0);
}

// DeepSeek-V3's module for multi-token prediction: a MoE layer like the last and the projection. Its publisher
// says 11.5 B parameters without embedding and head (huggingface.co/deepseek-ai/DeepSeek-V3, README_WEIGHTS.md).
TEST(Weights, DeepSeekV3sMtpModule) {
  const Model model = published::deepseek_v3();
  const double module = count_stack(model, 61).total() - count_stack(model, 60).total() +
                        mtp_projection_weights(model) + mtp_norm_weights(model);
  EXPECT_EQ(mtp_projection_weights(model), 2.0 * 7168 * 7168);
  EXPECT_NEAR(module / 11.5e9, 1, 0.01);
}

// What is split adds up over the ranks; the latent's down projections are needed whole by each.
TEST(Weights, TensorParallelSplitsHeadsOnly) {
  const Model model = published::deepseek_v3();
  const AttentionWeights whole = attention_weights(model);
  const AttentionWeights share = attention_weights(model, 8);
  EXPECT_EQ(share.qkv_a, whole.qkv_a);
  EXPECT_EQ(8 * share.q_b, whole.q_b);
  EXPECT_EQ(8 * share.k_b, whole.k_b);
  EXPECT_EQ(8 * share.v_b, whole.v_b);
  EXPECT_EQ(8 * share.o, whole.o);
  EXPECT_EQ(8 * dense_ffn_weights(model, 8).total(), dense_ffn_weights(model).total());
  EXPECT_EQ(8 * expert_weights(model, 8).total(), expert_weights(model).total());
}

// Qwen3 has 4 KV heads: of 8 ranks each has 64/8 = 8 query heads and still one whole key and one whole value head.
TEST(Weights, KvHeadsAreRepeatedBeyondTheirNumber) {
  const Model model = published::qwen3_235b_a22b();
  EXPECT_EQ(kv_heads_per_rank(model.attention, 4), 1);
  EXPECT_EQ(kv_heads_per_rank(model.attention, 8), 1);
  EXPECT_EQ(attention_weights(model, 8).qkv, 4096.0 * (8 + 2) * 128);
}

}  // namespace
}  // namespace ringtail
