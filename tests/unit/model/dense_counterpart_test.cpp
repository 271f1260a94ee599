#include "model/dense_counterpart.hpp"

#include <gtest/gtest.h>

#include "model/attention_core.hpp"
#include "model/parameters.hpp"
#include "model/published_models.hpp"

namespace ringtail {
namespace {

// DeepSeek-V3 has 671 026 404 352 parameters, 8 of 256 experts per token: s = 1/32. Attention 11 413 422 080, norms
// 1 006 592, embedding and head 2 · 926 679 040 stay: 13 267 786 752. An element of width costs 61 · 3 · 7168.
TEST(DenseCounterpart, OfDeepSeekByHand) {
  const Model moe = published::deepseek_v3();
  EXPECT_EQ(parameters_per_width(moe), 1'311'744);
  const double target = matched_parameters(moe, 3.67, MatchedParameters::total);
  EXPECT_NEAR(target, 3.67 * 671'026'404'352 / 32, 1);
  EXPECT_NEAR(counterpart_width(moe, target), (3.67 * 671'026'404'352 / 32 - 13'267'786'752) / 1'311'744, 1e-6);
  EXPECT_EQ(count_parameters(dense_counterpart(moe, 48640)).total(), 13'267'786'752 + 48640 * 1'311'744.0);
}

// Of what a token is multiplied with: 671 026 404 352 less 248 of 256 experts and the embedding.
TEST(DenseCounterpart, OfActiveParameters) {
  const double target = matched_parameters(published::deepseek_v3(), 2, MatchedParameters::active);
  EXPECT_EQ(target, 2.0 * (671'026'404'352 - 653'908'770'816 / 256 * 248 - 926'679'040));
}

// Everything but the feed-forward networks stays as it was, so the KV cache does.
TEST(DenseCounterpart, KeepsAttentionAndCache) {
  for (const Model& moe : {published::deepseek_v3(), published::qwen3_235b_a22b()}) {
    const Model dense = dense_counterpart(moe, 4096);
    EXPECT_FALSE(dense.moe);
    EXPECT_EQ(dense.moe_layers(), 0);
    EXPECT_EQ(dense.layers, moe.layers);
    EXPECT_EQ(dense.hidden_size, moe.hidden_size);
    EXPECT_EQ(kv_elements_per_token(dense.attention), kv_elements_per_token(moe.attention));
    EXPECT_EQ(count_parameters(dense).attention, count_parameters(moe).attention);
  }
}

// Ungated experts with biases are replaced by an ungated FFN with biases, in the layers of both stacks: an element of
// width costs 2·h weights and one bias in each.
TEST(DenseCounterpart, IsGatedAndBiasedLikeTheExperts) {
  Model moe = published::qwen3_235b_a22b();
  moe.moe->gated = false;
  moe.moe->bias = true;
  moe.encoder = Encoder{.layers = 6, .context = 10};
  EXPECT_EQ(parameters_per_width(moe), (94 + 6) * (2 * 4096 + 1));
  EXPECT_FALSE(dense_counterpart(moe, 512).ffn.gated);
}

// The width solves the equation: with it, the count is the target.
TEST(DenseCounterpart, WidthGivesTheTarget) {
  const Model moe = published::qwen3_235b_a22b();
  for (const int width : {64, 1000, 99'999}) {
    const double parameters = count_parameters(dense_counterpart(moe, width)).total();
    EXPECT_NEAR(counterpart_width(moe, parameters), width, 1e-6);
  }
  EXPECT_LT(counterpart_width(moe, 1e9), 0);  // attention alone has 6.7 B
}

}  // namespace
}  // namespace ringtail
