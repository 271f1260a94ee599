#pragma once

#include "model/model.hpp"

/// The shipped models as C++, from the same config.json files at huggingface.co as workloads/models/*.yaml.
namespace ringtail::published {

inline Model deepseek_v3() {
  return {.name = "DeepSeek-V3",
          .source = "huggingface.co/deepseek-ai/DeepSeek-V3 config.json",
          .layers = 61,
          .hidden_size = 7168,
          .vocab_size = 129280,
          .tied_embeddings = false,
          .attention = {.heads = 128,
                        .kv_heads = 0,
                        .head_dim = 0,
                        .latent = LatentAttention{.q_lora_rank = 1536,
                                                  .kv_lora_rank = 512,
                                                  .qk_nope_head_dim = 128,
                                                  .qk_rope_head_dim = 64,
                                                  .v_head_dim = 128}},
          .ffn = {.intermediate_size = 18432, .gated = true},
          .moe = Moe{.experts = 256,
                     .experts_per_token = 8,
                     .intermediate_size = 2048,
                     .shared_experts = 1,
                     .first_dense_layers = 3},
          .published = PublishedParameters{.total = 671e9, .active = 37e9}};
}

inline Model qwen3_235b_a22b() {
  return {.name = "Qwen3-235B-A22B",
          .source = "huggingface.co/Qwen/Qwen3-235B-A22B config.json",
          .layers = 94,
          .hidden_size = 4096,
          .vocab_size = 151936,
          .tied_embeddings = false,
          .attention = {.heads = 64, .kv_heads = 4, .head_dim = 128, .latent = std::nullopt},
          .ffn = {.intermediate_size = 12288, .gated = true},
          .moe = Moe{.experts = 128,
                     .experts_per_token = 8,
                     .intermediate_size = 1536,
                     .shared_experts = 0,
                     .first_dense_layers = 0},
          .published = PublishedParameters{.total = 235e9, .active = 22e9}};
}

inline Model llama_3_1_405b() {
  return {.name = "Llama-3.1-405B",
          .source = "huggingface.co/meta-llama/Llama-3.1-405B config.json",
          .layers = 126,
          .hidden_size = 16384,
          .vocab_size = 128256,
          .tied_embeddings = false,
          .attention = {.heads = 128, .kv_heads = 8, .head_dim = 128, .latent = std::nullopt},
          .ffn = {.intermediate_size = 53248, .gated = true},
          .moe = std::nullopt,
          .published = PublishedParameters{.total = 405e9, .active = 405e9}};
}

}  // namespace ringtail::published
