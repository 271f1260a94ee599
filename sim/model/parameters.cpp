#include "model/parameters.hpp"

#include "model/weights.hpp"

namespace ringtail {

double ParameterCount::total() const {
  return attention + cross_attention + dense_ffn + router + experts + shared_experts + norms + encoder + embeddings +
         lm_head;
}

double ParameterCount::active() const {
  return attention + cross_attention + dense_ffn + router + active_experts + shared_experts + norms + active_encoder +
         active_head;
}

StackParameters count_stack(const Model& model, int layers) {
  const double moe_layers = model.moe_layers(layers);
  const double all_experts = moe_layers * expert_weights(model).total();
  return {.attention = layers * attention_weights(model).total(),
          .dense_ffn = (layers - moe_layers) * dense_ffn_weights(model).total(),
          .router = moe_layers * router_weights(model),
          .experts = model.moe ? model.moe->experts * all_experts : 0,
          .active_experts = model.moe ? model.moe->experts_per_token * all_experts : 0,
          .shared_experts = moe_layers * shared_expert_weights(model).total(),
          .norms = layers * norm_weights(model) + model.hidden_size};
}

ParameterCount count_parameters(const Model& model) {
  const double layers = model.layers;
  const StackParameters decoder = count_stack(model, model.layers);
  const StackParameters encoder = model.encoder ? count_stack(model, model.encoder->layers) : StackParameters{};
  const double cross_norms = model.encoder ? layers * model.hidden_size : 0;
  return {.attention_per_layer = attention_weights(model).total(),
          .attention = decoder.attention,
          .cross_attention = layers * cross_attention_weights(model).total() + cross_norms,
          .dense_ffn = decoder.dense_ffn,
          .router = decoder.router,
          .experts = decoder.experts,
          .shared_experts = decoder.shared_experts,
          .norms = decoder.norms,
          .encoder = encoder.total(),
          .embeddings = embedding_weights(model),
          .lm_head = model.tied_embeddings ? 0 : vocabulary_weights(model),
          .active_experts = decoder.active_experts,
          .active_encoder = encoder.active(),
          .active_head = vocabulary_weights(model)};
}

}  // namespace ringtail
