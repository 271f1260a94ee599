// What layers there are, and the weights of each kind, against numbers by hand. The published shapes are those of
// workloads/models.
#include <gtest/gtest.h>

#include <vector>

#include "model/parameters.hpp"
#include "model/weights.hpp"

namespace ringtail {
namespace {

/// Numbers that are easy to multiply: h = 8, 4 heads and 2 KV heads of 3, dense FFN 10, 6 experts of 5.
Model invented() {
  Model model;
  model.layers = 6;
  model.hidden_size = 8;
  model.vocab_size = 100;
  model.attention = {.heads = 4, .kv_heads = 2, .head_dim = 3, .latent = std::nullopt};
  model.ffn = {.intermediate_size = 10, .gated = true};
  model.moe = Moe{.experts = 6, .experts_per_token = 2, .intermediate_size = 5};
  return model;
}

std::vector<int> moe_layers_of(const Model& model) {
  std::vector<int> layers;
  for (int layer = 0; layer < model.layers; ++layer)
    if (model.is_moe_layer(layer)) layers.push_back(layer);
  return layers;
}

// Leading dense layers as in DeepSeek-V3 (first_k_dense_replace); every second from layer 1 on as in Llama 4
// (range(step - 1, layers, step)); 1 of 4 in 27 layers as in ST-MoE: 6.
TEST(LayerPattern, MoeLayers) {
  Model model = invented();
  EXPECT_EQ(moe_layers_of(model), (std::vector<int>{0, 1, 2, 3, 4, 5}));
  model.moe->first_dense_layers = 4;
  EXPECT_EQ(moe_layers_of(model), (std::vector<int>{4, 5}));
  model.moe->first_dense_layers = 1;
  model.moe->every = 2;
  EXPECT_EQ(moe_layers_of(model), (std::vector<int>{1, 3, 5}));
  model.layers = 27;
  model.moe->first_dense_layers = 3;
  model.moe->every = 4;
  EXPECT_EQ(moe_layers_of(model), (std::vector<int>{3, 7, 11, 15, 19, 23}));
}

// moe_layers(l) is the number of MoE layers before l, whatever the pattern: so the draws of an MoE layer are its own.
TEST(LayerPattern, MoeLayersAreNumberedInTurn) {
  for (const int first : {0, 1, 5, 6, 9}) {
    for (const int every : {1, 2, 3, 7}) {
      Model model = invented();
      model.moe->first_dense_layers = first;
      model.moe->every = every;
      int before = 0;
      for (int layer = 0; layer <= model.layers; ++layer) {
        EXPECT_EQ(model.moe_layers(layer), before) << first << " " << every << " " << layer;
        before += model.is_moe_layer(layer) ? 1 : 0;
      }
    }
  }
}

// Decoder all MoE; an encoder with a layer more than the pattern's first MoE layer has a dense one.
TEST(LayerPattern, DenseLayersOfEitherStack) {
  Model model = invented();
  EXPECT_FALSE(model.has_dense_layers());
  model.layers = 1;
  model.moe->every = 2;
  EXPECT_FALSE(model.has_dense_layers());
  model.encoder = Encoder{.layers = 2, .context = 1};
  EXPECT_TRUE(model.has_dense_layers());
  model.moe.reset();
  EXPECT_TRUE(model.has_dense_layers());
}

// gpt-oss: layers 0, 2, .. slide over 128 tokens; Llama 4: layers 3, 7, .. attend to all.
TEST(LayerPattern, WindowsAndFullAttention) {
  Model model = invented();
  EXPECT_EQ(model.attended_tokens(0, 4096), 4096);
  model.attention.window = AttentionWindow{.tokens = 128, .full_every = 2};
  EXPECT_EQ(model.attended_tokens(0, 4096), 128);
  EXPECT_EQ(model.attended_tokens(1, 4096), 4096);
  EXPECT_EQ(model.attended_tokens(2, 100), 100);  // not yet full
  model.attention.window->full_every = 4;
  EXPECT_EQ(model.attended_tokens(2, 4096), 128);
  EXPECT_EQ(model.attended_tokens(3, 4096), 4096);
  model.attention.window->full_every = 0;
  for (int layer = 0; layer < 6; ++layer) EXPECT_EQ(model.attended_tokens(layer, 4096), 128);
}

// One number per output of every matrix: 4 + 2·2 heads of 3, and h of the output projection. The output's bias is added
// by one rank but kept by each.
TEST(Biases, OfAttention) {
  Model model = invented();
  const double without = attention_weights(model).total();
  model.attention.qkv_bias = true;
  EXPECT_EQ(attention_weights(model).total(), without + 24);
  model.attention.output_bias = true;
  EXPECT_EQ(attention_weights(model).total(), without + 24 + 8);
  EXPECT_EQ(attention_weights(model, 2).qkv_bias, 12);
  EXPECT_EQ(attention_weights(model, 2).o_bias, 8);
}

// Gated: 2·f and h outputs; ungated: f and h.
TEST(Biases, OfFeedForwardNetworks) {
  Model model = invented();
  model.ffn.bias = true;
  EXPECT_EQ(dense_ffn_weights(model).total(), 3 * 8 * 10 + 20 + 8);
  EXPECT_EQ(expert_weights(model).total(), 3 * 8 * 5);  // not of experts
  model.moe->bias = true;
  model.moe->gated = false;
  EXPECT_EQ(expert_weights(model).total(), 2 * 8 * 5 + 5 + 8);
  EXPECT_EQ(dense_ffn_weights(model).total(), 3 * 8 * 10 + 20 + 8);
  EXPECT_EQ(dense_ffn_weights(model, 2).total(), 3 * 8 * 5 + 10 + 8);
}

// GLaM's layers in small: dense ones gated, experts not; every second has experts.
TEST(ParameterCount, OfAlternatingLayers) {
  Model model = invented();
  model.moe->first_dense_layers = 1;
  model.moe->every = 2;
  model.moe->gated = false;
  model.tied_embeddings = true;
  const ParameterCount count = count_parameters(model);
  EXPECT_EQ(count.attention, 6 * 8 * 3 * (2 * 4 + 2 * 2));
  EXPECT_EQ(count.dense_ffn, 3 * 3 * 8 * 10);
  EXPECT_EQ(count.experts, 3 * 6 * 2 * 8 * 5);
  EXPECT_EQ(count.active_experts, 3 * 2 * 2 * 8 * 5);
  EXPECT_EQ(count.router, 3 * 8 * 6);
  EXPECT_EQ(count.total(), 6 * 288 + 3 * 240 + 3 * 480 + 3 * 48 + (6 * 2 * 8 + 8) + 800);
  EXPECT_EQ(count.active(), count.total() - 3 * 4 * 80);
}

// A table of 50 positions of width 8, whole on every rank.
TEST(ParameterCount, LearnedPositionsAreEmbeddings) {
  Model model = invented();
  const double without = count_parameters(model).total();
  model.learned_positions = 50;
  EXPECT_EQ(count_parameters(model).total(), without + 400);
  EXPECT_EQ(embedding_weights(model, 4), 8 * 25 + 400);
}

// Encoder of 4 layers beside a decoder of 6, full attention, MoE in every layer, ungated: Switch-C in small. The
// decoder has cross-attention (4 projections of 8 · 12) and a third norm in each layer.
TEST(ParameterCount, OfAnEncoderDecoder) {
  Model model = invented();
  model.attention.kv_heads = 4;
  model.moe->gated = false;
  model.encoder = Encoder{.layers = 4, .context = 16};
  const ParameterCount count = count_parameters(model);
  const double attention = 4 * 8 * 12;
  const double experts = 6 * 2 * 8 * 5;
  EXPECT_EQ(count.encoder, 4 * (attention + experts + 8 * 6 + 2 * 8) + 8);
  EXPECT_EQ(count.cross_attention, 6 * (attention + 8));
  EXPECT_EQ(count.total(), 10 * (attention + experts + 8 * 6 + 2 * 8) + 2 * 8 + 6 * (attention + 8) + 2 * 800);
  EXPECT_EQ(count.active(), count.total() - 10 * 4 * 80 - 800);  // 4 of 6 experts idle, embedding looked up
}

// Of the cross-attention's four matrices TP splits each by heads.
TEST(CrossAttention, IsSplitByHeads) {
  Model model = invented();
  EXPECT_EQ(cross_attention_weights(model).total(), 0);
  model.encoder = Encoder{.layers = 4, .context = 16};
  EXPECT_EQ(cross_attention_weights(model).q, 8 * 12);
  EXPECT_EQ(cross_attention_weights(model).kv, 8 * 2 * 6);
  EXPECT_EQ(2 * cross_attention_weights(model, 2).total(), cross_attention_weights(model).total());
}

}  // namespace
}  // namespace ringtail
