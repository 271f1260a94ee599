#include "model/attention_core.hpp"

#include "model/weights.hpp"

namespace ringtail {

double kv_elements_per_token(const Attention& attention, int tp) {
  if (const auto& latent = attention.latent) return latent->kv_lora_rank + latent->qk_rope_head_dim;
  return 2.0 * kv_heads_per_rank(attention, tp) * attention.head_dim;
}

double query_dim(const Attention& attention) {
  return attention.latent ? kv_elements_per_token(attention) : attention.head_dim;
}

Flops attention_core_flops(const Attention& attention, double context, int tp) {
  const double heads = heads_per_rank(attention, tp);
  if (const auto& latent = attention.latent) {
    return 2.0 * heads * context * (2.0 * latent->kv_lora_rank + latent->qk_rope_head_dim);
  }
  return 4.0 * heads * attention.head_dim * context;
}

}  // namespace ringtail
