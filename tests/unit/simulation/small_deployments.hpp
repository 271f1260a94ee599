#pragma once

#include "config/deployment.hpp"

namespace ringtail::testing {

/// A GPU with round numbers: 1 TFLOP/s, 1 TB/s, all of it achieved, 1 us per launch.
inline Platform round_platform(int island_size) {
  Platform platform;
  platform.name = "round";
  platform.gpu.hbm = {80e9, 1e12};
  platform.gpu.peak = {0, 2e12, 1e12, 0.5e12};
  platform.gpu.launch_overhead = 1e-6;
  platform.island = {island_size, 100e9, 1.0, 1e-6};
  platform.fabric = {25e9, 1.0, 3e-6};
  return platform;
}

/// Two dense layers, grouped-query attention.
inline Model tiny_dense_model() {
  Model model;
  model.name = "tiny-dense";
  model.layers = 2;
  model.hidden_size = 256;
  model.vocab_size = 1024;
  model.attention = {8, 2, 32, std::nullopt};
  model.ffn = {512, true};
  return model;
}

/// One dense layer and two MoE layers, latent attention, a shared expert.
inline Model tiny_moe_model() {
  Model model = tiny_dense_model();
  model.name = "tiny-moe";
  model.layers = 3;
  model.attention = {8, 8, 0, LatentAttention{64, 32, 16, 8, 16}};
  model.moe = Moe{32, 4, 128, 1, 1};
  return model;
}

/// Two decoder layers, the second MoE, and an encoder of one; biases, a window in the first layer.
inline Model tiny_encoder_decoder() {
  Model model = tiny_dense_model();
  model.name = "tiny-encoder-decoder";
  model.attention.qkv_bias = true;
  model.attention.output_bias = true;
  model.attention.window = AttentionWindow{100, 2};
  model.ffn.bias = true;
  model.moe = Moe{32, 4, 128, 0, 1};
  model.moe->every = 2;
  model.moe->gated = false;
  model.moe->bias = true;
  model.encoder = Encoder{1, 300};
  model.learned_positions = 2048;
  return model;
}

inline Deployment tiny_deployment(const Model& model, int gpus, const Parallelism& parallelism, int batch) {
  Deployment deployment;
  deployment.name = model.name;
  deployment.network.tolerance = 0;  // Laws and oracles hold to rounding only if nothing is approximated.
  deployment.model = model;
  deployment.platform = round_platform(4);
  deployment.gpus = gpus;
  deployment.parallelism = parallelism;
  deployment.precision.weights = Dtype::bf16;
  deployment.decode.context = {.fixed = 1024};
  deployment.decode.batch = {Batch::Kind::total, batch};
  deployment.routing.popularity = {Popularity::Kind::zipf, 0.5};
  deployment.run = {3, 1, 2, 7};
  return deployment;
}

}  // namespace ringtail::testing
