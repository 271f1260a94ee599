#pragma once

#include "model/model.hpp"

namespace ringtail {

/// Parameters of a whole model. Biases, which the published configurations lack or which are negligible (the router's
/// correction bias of DeepSeek-V3: one number per expert), and norms per head (Qwen3: 256 per layer) are not counted;
/// nor are modules for multi-token prediction.
struct ParameterCount {
  double attention_per_layer = 0;
  double attention = 0;
  double dense_ffn = 0;
  double router = 0;
  double experts = 0;
  double shared_experts = 0;
  double norms = 0;  ///< Those of all layers and the final one.
  double embeddings = 0;
  double lm_head = 0;         ///< Zero if it is the embedding matrix (tied).
  double active_experts = 0;  ///< The part of `experts` that one token visits.
  double active_head = 0;     ///< The LM head's matrix, also if tied.

  [[nodiscard]] double total() const;

  /// What one token is multiplied with: attention, router, active and shared experts, dense layers, norms and LM head;
  /// of the embedding it reads one row, which is not counted.
  [[nodiscard]] double active() const;
};

ParameterCount count_parameters(const Model& model);

}  // namespace ringtail
