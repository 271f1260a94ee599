#include "model/weights.hpp"

namespace ringtail {
namespace {

FfnWeights ffn_weights(double hidden, double width, bool gated, bool bias) {
  const double up = gated ? 2 * width : width;
  return {.up = hidden * up, .down = width * hidden, .up_bias = bias ? up : 0, .down_bias = bias ? hidden : 0};
}

double query_inputs(const LatentAttention& latent, double hidden) {
  return latent.q_lora_rank > 0 ? latent.q_lora_rank : hidden;
}

AttentionWeights latent_attention_weights(double hidden, double heads, const LatentAttention& latent) {
  const double query_dim = latent.qk_nope_head_dim + latent.qk_rope_head_dim;
  return {.qkv_a = hidden * (latent.q_lora_rank + latent.kv_lora_rank + latent.qk_rope_head_dim),
          .q_b = query_inputs(latent, hidden) * heads * query_dim,
          .k_b = latent.kv_lora_rank * heads * latent.qk_nope_head_dim,
          .v_b = latent.kv_lora_rank * heads * latent.v_head_dim,
          .o = heads * latent.v_head_dim * hidden};
}

}  // namespace

double query_inputs(const Model& model) { return query_inputs(*model.attention.latent, model.hidden_size); }

int heads_per_rank(const Attention& attention, int tp) { return largest_share(attention.heads, tp); }

int kv_heads_per_rank(const Attention& attention, int tp) {
  return attention.latent ? 1 : largest_share(attention.kv_heads, tp);
}

int value_dim(const Attention& attention) {
  return attention.latent ? attention.latent->v_head_dim : attention.head_dim;
}

AttentionWeights attention_weights(const Model& model, int tp) {
  const Attention& attention = model.attention;
  const double hidden = model.hidden_size;
  const double heads = heads_per_rank(attention, tp);
  if (attention.latent) return latent_attention_weights(hidden, heads, *attention.latent);
  const double kv_heads = kv_heads_per_rank(attention, tp);
  const double qkv = (heads + 2 * kv_heads) * attention.head_dim;
  return {.qkv = hidden * qkv,
          .o = heads * attention.head_dim * hidden,
          .qkv_bias = attention.qkv_bias ? qkv : 0,
          .o_bias = attention.output_bias ? hidden : 0};
}

CrossAttentionWeights cross_attention_weights(const Model& model, int tp) {
  if (!model.encoder) return {};
  const Attention& attention = model.attention;
  const double hidden = model.hidden_size;
  const double query = static_cast<double>(heads_per_rank(attention, tp)) * attention.head_dim;
  const double kv = 2.0 * kv_heads_per_rank(attention, tp) * attention.head_dim;
  return {.q = hidden * query,
          .q_bias = attention.qkv_bias ? query : 0,
          .kv = hidden * kv + (attention.qkv_bias ? kv : 0),
          .o = query * hidden,
          .o_bias = attention.output_bias ? hidden : 0};
}

FfnWeights dense_ffn_weights(const Model& model, int tp) {
  return ffn_weights(model.hidden_size, largest_share(model.ffn.intermediate_size, tp), model.ffn.gated,
                     model.ffn.bias);
}

FfnWeights expert_weights(const Model& model, int tp) {
  if (!model.moe) return {};
  return ffn_weights(model.hidden_size, largest_share(model.moe->intermediate_size, tp), model.moe->gated,
                     model.moe->bias);
}

FfnWeights shared_expert_weights(const Model& model) {
  if (!model.moe || model.moe->shared_experts == 0) return {};
  const double width = static_cast<double>(model.moe->shared_experts) * model.moe->intermediate_size;
  return ffn_weights(model.hidden_size, width, model.moe->gated, model.moe->bias);
}

double router_weights(const Model& model) {
  return model.moe ? static_cast<double>(model.hidden_size) * model.moe->experts : 0;
}

double norm_weights(const Model& model) {
  double widths = 2.0 * model.hidden_size;
  if (const auto& latent = model.attention.latent) widths += latent->q_lora_rank + latent->kv_lora_rank;
  return widths;
}

double mtp_projection_weights(const Model& model) { return 2.0 * model.hidden_size * model.hidden_size; }

double mtp_norm_weights(const Model& model) { return 3.0 * model.hidden_size; }

double vocabulary_weights(const Model& model, int ranks) {
  return static_cast<double>(model.hidden_size) * largest_share(model.vocab_size, ranks);
}

double embedding_weights(const Model& model, int ranks) {
  return vocabulary_weights(model, ranks) + static_cast<double>(model.hidden_size) * model.learned_positions;
}

}  // namespace ringtail
