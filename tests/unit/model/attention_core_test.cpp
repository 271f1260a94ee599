#include "model/attention_core.hpp"

#include <gtest/gtest.h>

#include "model/dtype.hpp"
#include "model/published_models.hpp"

namespace ringtail {
namespace {

// arXiv:2405.04434 table 1: d_c + d_h^R = 512 + 64 elements per token and layer, in bf16 1152 bytes, over 61 layers 70
// 272.
TEST(KvElements, LatentIsOneVectorForAllHeads) {
  const Model model = published::deepseek_v3();
  const double bytes = kv_elements_per_token(model.attention) * bytes_of(Dtype::bf16);
  EXPECT_EQ(bytes, 1152);
  EXPECT_EQ(bytes * model.layers, 70'272);
}

// 2 · 8 heads · 128 elements · 2 bytes · 126 layers = 516 096 bytes per token.
TEST(KvElements, GroupedQueryHasAKeyAndAValuePerHead) {
  const Model model = published::llama_3_1_405b();
  EXPECT_EQ(kv_elements_per_token(model.attention) * bytes_of(Dtype::bf16) * model.layers, 516'096);
}

// Of 4 KV heads a rank stores 4/tp, at least one; of the latent everything, whatever tp.
TEST(KvElements, TensorParallelSplitsHeadsNotTheLatent) {
  const Attention qwen = published::qwen3_235b_a22b().attention;
  EXPECT_EQ(kv_elements_per_token(qwen, 1), 2 * 4 * 128);
  EXPECT_EQ(kv_elements_per_token(qwen, 4), 2 * 128);
  EXPECT_EQ(kv_elements_per_token(qwen, 16), 2 * 128);
  EXPECT_EQ(kv_elements_per_token(published::deepseek_v3().attention, 8), 576);
}

/// Multiply-adds of one query token, by walking through the computation: scores, then the weighted sum.
double counted_multiply_adds(int heads, int score_width, int value_width, int context) {
  double count = 0;
  for (int head = 0; head < heads; ++head) {
    for (int token = 0; token < context; ++token) {
      for (int i = 0; i < score_width; ++i) ++count;  // q · k
      for (int i = 0; i < value_width; ++i) ++count;  // p · v
    }
  }
  return count;
}

// Grouped-query attention scores with and sums vectors of head_dim; absorbed latent attention scores with the latent
// and the rotary part (12 + 4) and sums latents (12). Two flops per multiply-add.
TEST(AttentionCoreFlops, MatchAWalkThroughTheComputation) {
  const Attention grouped{.heads = 6, .kv_heads = 2, .head_dim = 16, .latent = std::nullopt};
  EXPECT_EQ(attention_core_flops(grouped, 37), 2 * counted_multiply_adds(6, 16, 16, 37));
  EXPECT_EQ(attention_core_flops(grouped, 37, 2), 2 * counted_multiply_adds(3, 16, 16, 37));

  const Attention latent{
      .heads = 6,
      .kv_heads = 0,
      .head_dim = 0,
      .latent = LatentAttention{
          .q_lora_rank = 8, .kv_lora_rank = 12, .qk_nope_head_dim = 8, .qk_rope_head_dim = 4, .v_head_dim = 8}};
  EXPECT_EQ(attention_core_flops(latent, 37), 2 * counted_multiply_adds(6, 16, 12, 37));
  EXPECT_EQ(attention_core_flops(latent, 37, 3), 2 * counted_multiply_adds(2, 16, 12, 37));
}

// DeepSeek-V3 at 4096 tokens: 2 · 128 · 4096 · (2 · 512 + 64) = 1.14 GFLOP for 4.7 MB of bf16 cache:
// 2 · 128 · 1088 / 1152 = 241.8 flop per byte, close to the 989 TFLOPS / 3.35 TB/s = 295 of an H100.
TEST(AttentionCoreFlops, LatentAttentionIsNearTheRidge) {
  const Attention attention = published::deepseek_v3().attention;
  const double flops = attention_core_flops(attention, 4096);
  EXPECT_EQ(flops, 1'140'850'688);
  EXPECT_NEAR(flops / (4096 * kv_elements_per_token(attention) * 2), 241.8, 0.05);
}

}  // namespace
}  // namespace ringtail
