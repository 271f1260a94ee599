#pragma once

#include "model/model.hpp"

namespace ringtail {

/// Parameters of a whole model. Not counted: biases of norms and of the router (DeepSeek-V3's correction bias: one
/// number per expert), norms per head (Qwen3: 256 per layer), attention sinks (gpt-oss: one per head), T5's relative
/// positions (one per bucket and head), all of which are negligible; and modules for multi-token prediction.
struct ParameterCount {
  double attention_per_layer = 0;
  double attention = 0;
  double cross_attention = 0;
  double dense_ffn = 0;
  double router = 0;
  double experts = 0;
  double shared_experts = 0;
  double norms = 0;    ///< Those of all layers and the final one.
  double encoder = 0;  ///< All of the encoder; everything else is the decoder's.
  double embeddings = 0;
  double lm_head = 0;         ///< Zero if it is the embedding matrix (tied).
  double active_experts = 0;  ///< The part of `experts` that one token visits.
  double active_encoder = 0;  ///< The part of `encoder` that a token which it reads is multiplied with.
  double active_head = 0;     ///< The LM head's matrix, also if tied.

  [[nodiscard]] double total() const;

  /// What one token is multiplied with: attention, router, active and shared experts, dense layers, norms and LM head;
  /// of the embedding it reads one row, which is not counted. Of an encoder-decoder model both stacks: one token read
  /// and one token written.
  [[nodiscard]] double active() const;
};

/// Parameters of all layers of a stack (the decoder without its cross-attention, or the encoder), by kind. Norms
/// include the final one.
struct StackParameters {
  double attention = 0;
  double dense_ffn = 0;
  double router = 0;
  double experts = 0;
  double active_experts = 0;
  double shared_experts = 0;
  double norms = 0;

  [[nodiscard]] double active() const {
    return attention + dense_ffn + router + active_experts + shared_experts + norms;
  }
  [[nodiscard]] double total() const { return active() - active_experts + experts; }
};

/// The stack of the model's first `layers` layers.
StackParameters count_stack(const Model& model, int layers);

ParameterCount count_parameters(const Model& model);

}  // namespace ringtail
