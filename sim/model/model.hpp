#pragma once

#include <optional>
#include <string>

namespace ringtail {

/// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): one latent of kv_lora_rank + qk_rope_head_dim elements
/// per token is shared by all heads. Widths in elements.
struct LatentAttention {
  int q_lora_rank = 0;
  int kv_lora_rank = 0;
  int qk_nope_head_dim = 0;
  int qk_rope_head_dim = 0;
  int v_head_dim = 0;
};

/// Attention of one layer. Without `latent` it is grouped-query attention: `heads` query heads share `kv_heads` key and
/// value heads of `head_dim` elements (kv_heads = heads is full, kv_heads = 1 multi-query attention).
struct Attention {
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  std::optional<LatentAttention> latent;
};

/// Feed-forward network of a dense layer: gated has three matrices hidden × intermediate_size, else two.
struct Ffn {
  int intermediate_size = 0;
  bool gated = true;
};

/// Mixture-of-experts layers: all layers from `first_dense_layers` on. Experts have the gating of `Ffn`.
struct Moe {
  int experts = 0;
  int experts_per_token = 0;
  int intermediate_size = 0;   ///< Width of one expert.
  int shared_experts = 0;      ///< Experts of the same width that every token visits.
  int first_dense_layers = 0;  ///< Leading layers with the dense FFN.
};

/// Published parameter counts that the computed ones are checked against.
struct PublishedParameters {
  double total = 0;
  double active = 0;
};

/// A decoder-only transformer.
struct Model {
  std::string name;
  std::string source;
  int layers = 0;
  int hidden_size = 0;
  int vocab_size = 0;
  bool tied_embeddings = false;
  Attention attention;
  Ffn ffn;
  std::optional<Moe> moe;
  std::optional<PublishedParameters> published;

  [[nodiscard]] bool is_moe_layer(int layer) const { return moe && layer >= moe->first_dense_layers; }
  [[nodiscard]] int moe_layers() const { return moe ? layers - moe->first_dense_layers : 0; }
};

}  // namespace ringtail
