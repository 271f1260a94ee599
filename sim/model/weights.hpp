#pragma once

#include "model/model.hpp"

/// The weight matrices of one layer, in elements held by one rank. Every formula for a number of weights is here:
/// kernels (bytes = elements · bytes_of, flops = 2 · elements per token), the memory ledger and the parameter count all
/// use it.
namespace ringtail {

/// ceil(whole / parts): the share of the rank that has most.
constexpr int largest_share(int whole, int parts) { return (whole + parts - 1) / parts; }

/// Query heads of one of `tp` ranks.
int heads_per_rank(const Attention& attention, int tp);

/// Key and value heads of one of `tp` ranks, at least one: beyond kv_heads ranks the heads are stored more than once.
/// With latent attention it is 1: every rank stores the whole latent.
int kv_heads_per_rank(const Attention& attention, int tp);

/// Width of one head's attention output, in elements: v_head_dim or head_dim.
int value_dim(const Attention& attention);

/// Attention of one layer. Grouped-query attention has `qkv` and `o`; latent attention (DeepSeek-V2, arXiv:2405.04434
/// equations 9 to 17) has all but `qkv`.
struct AttentionWeights {
  double qkv = 0;    ///< Query, key and value projections: hidden · (heads + 2 · kv_heads) · head_dim.
  double qkv_a = 0;  ///< Down projections W_DQ, W_DKV, W_KR: hidden · (q_lora + kv_lora + rope). On every TP rank.
  double q_b = 0;    ///< Up projection of the query W_UQ, W_QR: q_lora (else hidden) · heads · (nope + rope).
  double k_b = 0;    ///< Up projection of the keys W_UK, absorbed into the query: kv_lora · heads · nope.
  double v_b = 0;    ///< Up projection of the values W_UV, applied after attention: kv_lora · heads · v.
  double o = 0;      ///< Output projection: heads · v · hidden.
  double qkv_bias = 0;
  double o_bias = 0;  ///< On every TP rank, of which one adds it.

  [[nodiscard]] double total() const { return qkv + qkv_a + q_b + k_b + v_b + o + qkv_bias + o_bias; }
};

/// The share of one of `tp` ranks: heads are split, what all heads use is on every rank.
AttentionWeights attention_weights(const Model& model, int tp = 1);

/// Elements that a query of latent attention is projected from: its latent, or the hidden state if it has none.
double query_inputs(const Model& model);

/// Cross-attention of one decoder layer, from the decoder's tokens to the encoder's. A decode step uses `q` and `o`;
/// the encoder's keys and values are projected once, when decoding starts.
struct CrossAttentionWeights {
  double q = 0;       ///< Query projection: hidden · heads · head_dim.
  double q_bias = 0;  ///< heads · head_dim.
  double kv = 0;      ///< Key and value projections with their biases: 2 · hidden · kv_heads · head_dim.
  double o = 0;       ///< Output projection: heads · head_dim · hidden.
  double o_bias = 0;

  [[nodiscard]] double total() const { return q + q_bias + kv + o + o_bias; }
};

/// The share of one of `tp` ranks; zero without `encoder`. Not of latent attention.
CrossAttentionWeights cross_attention_weights(const Model& model, int tp = 1);

/// A feed-forward network of any width.
struct FfnWeights {
  double up = 0;    ///< hidden · width, twice where gated (gate and up projections in one product).
  double down = 0;  ///< width · hidden.
  double up_bias = 0;
  double down_bias = 0;  ///< On every TP rank, of which one adds it.

  [[nodiscard]] double total() const { return up + down + up_bias + down_bias; }
};

/// The dense FFN of a layer, one expert, and all shared experts of a layer as one FFN; the share of one of `tp` ranks,
/// which split the width. The latter two are zero without `moe`.
FfnWeights dense_ffn_weights(const Model& model, int tp = 1);
FfnWeights expert_weights(const Model& model, int tp = 1);
FfnWeights shared_expert_weights(const Model& model);

/// Router of one MoE layer: hidden · experts; zero without `moe`.
double router_weights(const Model& model);

/// Norm weights of one layer: two of width hidden, with latent attention also one of q_lora and one of kv_lora.
double norm_weights(const Model& model);

/// What a module for multi-token prediction has beside its layer (arXiv:2412.19437 equation 21): the projection
/// 2 · hidden → hidden, whole on every rank, and norms of the embedding, of the hidden state and before the LM head.
double mtp_projection_weights(const Model& model);
double mtp_norm_weights(const Model& model);

/// The LM head, or the embedding of tokens: hidden · vocab, of which one of `ranks` ranks holds its share of the
/// vocabulary.
double vocabulary_weights(const Model& model, int ranks = 1);

/// The embedding of tokens and the table of learned positions, which is on every rank.
double embedding_weights(const Model& model, int ranks = 1);

}  // namespace ringtail
