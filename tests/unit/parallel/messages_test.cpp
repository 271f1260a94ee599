#include "parallel/messages.hpp"

#include <gtest/gtest.h>

#include "model/published_models.hpp"

namespace ringtail {
namespace {

// DeepSeek-V3: 7168 fp8 elements, 56 fp32 scales, a 16-byte header; bf16 instead: 14 336 + 16, without scales.
TEST(Messages, DispatchCarriesScalesAndHeader) {
  EXPECT_EQ(dispatch_message(published::deepseek_v3(), Dtype::fp8), 7168 + 56 * 4 + 16);
  EXPECT_EQ(dispatch_message(published::deepseek_v3(), Dtype::bf16), 2 * 7168 + 16);
  EXPECT_EQ(dispatch_message(published::deepseek_v3(), Dtype::fp4), 7168 / 2 + 7168 / 16 + 16);
}

// A started block of 128 elements has a scale too.
TEST(Messages, ScalesAreRoundedUp) {
  Model model = published::deepseek_v3();
  model.hidden_size = 129;
  EXPECT_EQ(dispatch_message(model, Dtype::fp8), 129 + 2 * 4 + 16);
}

TEST(Messages, CombineIsOneBf16Vector) { EXPECT_EQ(combine_message(published::deepseek_v3(), Dtype::bf16), 14'336); }

// Heads of one of 8 TP ranks: 16 outputs of v_head_dim or head_dim = 128 bf16 elements, and one fp32 each.
TEST(Messages, PartialAttentionIsOutputAndLogSumExpPerHead) {
  EXPECT_EQ(partial_attention_message(published::deepseek_v3(), Dtype::bf16, 8), 16 * (256 + 4));
  EXPECT_EQ(partial_attention_message(published::llama_3_1_405b(), Dtype::bf16, 8), 16 * (256 + 4));
}

}  // namespace
}  // namespace ringtail
