#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ringtail {

/// The kernels of a decode step, in their order. Names appear in results.
enum class Stage : int {
  embedding,
  attention_norm,
  qkv_projection,  ///< Grouped-query attention: queries, keys and values in one product.
  qkv_down,        ///< Latent attention: hidden to the query's and the KV's latents.
  latent_norm,
  query_up,
  key_absorb,  ///< W_UK applied to the query instead of to every cached key.
  rope,        ///< Rotary embedding, and the new token's KV written to the cache.
  attention,
  value_up,   ///< W_UV applied to the attention's output.
  kvp_merge,  ///< Partial outputs of KVP ranks rescaled and added.
  cp_merge,   ///< The same of CP ranks, or of the rounds of a rank whose ring passes the cache.
  output_projection,
  cross_norm,
  cross_query_projection,  ///< Cross-attention: the decoder's queries; the encoder's keys and values are cached.
  cross_attention,
  cross_kvp_merge,
  cross_output_projection,
  ffn_norm,
  dense_up,
  dense_activation,
  dense_down,
  router,
  top_k,
  shared_up,
  shared_activation,
  shared_down,
  dispatch_send,
  dispatch_forward,
  dispatch_receive,
  expert_up,
  expert_activation,
  expert_down,
  combine_send,
  combine_forward,
  combine_receive,
  collective_send,  ///< Send kernel of a dense collective.
  collective_receive,
  final_norm,
  lm_head,
  sample,
  draft_norm,  ///< Of embeddings and hidden states, before a module for multi-token prediction.
  draft_projection,
  expert_send,     ///< Weights of experts that move to other ranks are read,
  expert_receive,  ///< and written to a buffer, and from there to their places.
  host,            ///< No kernel: the GPU waits for the host between two steps.
  count
};

/// What a layer's kernels belong to. A dense collective's belong to the phase that it is in, the head's to the FFN.
enum class Phase : int { attention, ffn };

/// The phase of a kernel; none of those that any phase may have.
std::optional<Phase> phase_of(Stage stage);

/// What collectives are for. Names appear in results.
enum class Family : int {
  embedding_all_reduce,
  kvp_exchange,
  cp_ring,    ///< A hop of context parallelism's ring: queries or parts of the cache to the next rank.
  cp_return,  ///< Partial outputs of queries that have been round the ring to their owners.
  attention_all_reduce,
  attention_reduce_scatter,
  cross_token_all_gather,
  cross_kvp_exchange,
  cross_attention_all_reduce,
  cross_attention_reduce_scatter,
  ffn_all_gather,
  ffn_all_reduce,
  ffn_reduce_scatter,
  dispatch,
  combine,
  token_all_gather,
  sampling_all_gather,
  expert_move,       ///< Weights of experts, when placements are made anew.
  stage_send,        ///< Hidden states to the next pipeline stage,
  stage_all_gather,  ///< and there to attention groups.
  token_return,      ///< Sampled tokens from the last stage to the first.
  barrier,           ///< After a phase, only without Effects::skew.
  count
};

const std::vector<std::string>& stage_names();
const std::vector<std::string>& family_names();

}  // namespace ringtail
