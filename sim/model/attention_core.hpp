#pragma once

#include "base/units.hpp"
#include "model/model.hpp"

/// The part of attention between its projections: what a token stores in the KV cache, and the work over the cache. All
/// per layer and for one of `tp` ranks, which split the heads.
namespace ringtail {

/// Elements that one token adds to the KV cache of one rank. Grouped-query attention: 2 · kv_heads · head_dim (a key
/// and a value; Ainslie et al., arXiv:2305.13245), the heads as in kv_heads_per_rank. Latent attention: kv_lora_rank +
/// qk_rope_head_dim, shared by all heads and therefore whole on every rank (DeepSeek-V2, arXiv:2405.04434 table 1).
double kv_elements_per_token(const Attention& attention, int tp = 1);

/// Elements of one head's query as it meets the cache: head_dim, or of latent attention in absorbed form kv_lora_rank +
/// qk_rope_head_dim.
double query_dim(const Attention& attention);

/// Flops of one query token over `context` cached tokens, 2 per multiply-add. Grouped-query attention: 2 · d for the
/// scores and 2 · d for the values, so 4 · heads · head_dim · context. Latent attention in absorbed form, as decode
/// kernels compute it (arXiv:2405.04434 section 2.1.2): queries of kv_lora + rope elements against the latent and a sum
/// of latents of kv_lora elements, so 2 · heads · context · (2 · kv_lora + rope); the projections W_UK and W_UV are
/// products of their own (AttentionWeights::k_b, v_b).
Flops attention_core_flops(const Attention& attention, double context, int tp = 1);

}  // namespace ringtail
