#include "model/parameters.hpp"

#include "model/weights.hpp"

namespace ringtail {

double ParameterCount::total() const {
  return attention + dense_ffn + router + experts + shared_experts + norms + embeddings + lm_head;
}

double ParameterCount::active() const {
  return attention + dense_ffn + router + active_experts + shared_experts + norms + active_head;
}

ParameterCount count_parameters(const Model& model) {
  const double layers = model.layers;
  const double moe_layers = model.moe_layers();
  const double all_experts = moe_layers * expert_weights(model).total();
  const double per_layer = attention_weights(model).total();
  return {.attention_per_layer = per_layer,
          .attention = layers * per_layer,
          .dense_ffn = (layers - moe_layers) * dense_ffn_weights(model).total(),
          .router = moe_layers * router_weights(model),
          .experts = model.moe ? model.moe->experts * all_experts : 0,
          .shared_experts = moe_layers * shared_expert_weights(model).total(),
          .norms = layers * norm_weights(model) + model.hidden_size,
          .embeddings = vocabulary_weights(model),
          .lm_head = model.tied_embeddings ? 0 : vocabulary_weights(model),
          .active_experts = model.moe ? model.moe->experts_per_token * all_experts : 0,
          .active_head = vocabulary_weights(model)};
}

}  // namespace ringtail
