#pragma once

#include <algorithm>
#include <optional>
#include <string>

namespace ringtail {

/// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): one latent of kv_lora_rank + qk_rope_head_dim elements
/// per token is shared by all heads. Widths in elements.
struct LatentAttention {
  int q_lora_rank = 0;  ///< 0: queries are projected from the hidden state, without a latent (DeepSeek-V2-Lite).
  int kv_lora_rank = 0;
  int qk_nope_head_dim = 0;
  int qk_rope_head_dim = 0;
  int v_head_dim = 0;
};

/// Layers that attend to the last `tokens` tokens only and keep no others in the KV cache: all but every full_every-th
/// (layers full_every - 1, 2 · full_every - 1, .. of 0, 1, ..), or all if that is 0. Chunked attention (Llama 4), in
/// which a token attends to the tokens before it in its chunk, counts as its longest case: a whole chunk.
struct AttentionWindow {
  int tokens = 0;
  int full_every = 0;
};

/// Attention of one layer. Without `latent` it is grouped-query attention: `heads` query heads share `kv_heads` key and
/// value heads of `head_dim` elements (kv_heads = heads is full, kv_heads = 1 multi-query attention).
struct Attention {
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  std::optional<LatentAttention> latent = std::nullopt;
  bool qkv_bias = false;     ///< Of the query, key and value projections; not of latent attention,
  bool output_bias = false;  ///< nor is that of the output projection.
  std::optional<AttentionWindow> window = std::nullopt;
};

/// Feed-forward network of a dense layer: gated has three matrices hidden × intermediate_size, else two.
struct Ffn {
  int intermediate_size = 0;
  bool gated = true;
  bool bias = false;  ///< Every matrix has one.
};

/// Mixture-of-experts layers: first_dense_layers, and from there every `every`-th. All others have the dense FFN.
struct Moe {
  int experts = 0;
  int experts_per_token = 0;
  int intermediate_size = 0;   ///< Width of one expert.
  int shared_experts = 0;      ///< Experts of the same width that every token visits.
  int first_dense_layers = 0;  ///< Leading layers with the dense FFN.
  int every = 1;
  bool gated = true;         ///< Experts, shared ones too, have three matrices instead of two.
  bool bias = false;         ///< Each of which has one.
  int expert_groups = 1;     ///< Experts lie in so many groups of equally many, in order,
  int groups_per_token = 1;  ///< and a token's in at most so many of them.
};

/// Encoder of an encoder-decoder model (T5, arXiv:1910.10683): layers of the same widths and with MoE in the same
/// places as the decoder's. When decoding starts it has read `context` tokens; each decoder layer has their keys and
/// values in a cache and attends to them with a cross-attention of its own.
struct Encoder {
  int layers = 0;
  int context = 0;
};

/// Modules for multi-token prediction (DeepSeek-V3, arXiv:2412.19437 section 2.2), which draft tokens. Each is a layer
/// like the model's last one behind a projection of the token's embedding and the hidden state, both normed, to one
/// hidden state; embedding and LM head are the model's.
struct Mtp {
  int modules = 1;
};

/// Published parameter counts that the computed ones are checked against.
struct PublishedParameters {
  double total = 0;
  std::optional<double> active = std::nullopt;
};

/// Which parameters of an MoE its dense counterpart is a multiple of.
enum class MatchedParameters { total, active };

/// What the dense counterpart of an MoE is sized to (dense_counterpart.hpp).
struct DenseMatch {
  std::string of;  ///< The MoE's name.
  double q = 0;    ///< Dense parameters as a multiple of the MoE's active ones that reach the same quality.
  MatchedParameters match = MatchedParameters::total;
  double target = 0;  ///< Parameters aimed at; 0 while the model still is the MoE.
};

/// A transformer. With an encoder, `layers` are the decoder's and all other widths hold for both.
struct Model {
  std::string name;
  std::string source;
  int layers = 0;
  int hidden_size = 0;
  int vocab_size = 0;
  bool tied_embeddings = false;
  int learned_positions = 0;  ///< Rows of a table of position embeddings; 0 if positions have no weights.
  Attention attention;
  Ffn ffn;
  std::optional<Moe> moe = std::nullopt;
  std::optional<Encoder> encoder = std::nullopt;
  std::optional<Mtp> mtp = std::nullopt;
  std::optional<PublishedParameters> published = std::nullopt;
  std::optional<DenseMatch> dense_match = std::nullopt;

  [[nodiscard]] bool is_moe_layer(int layer) const {
    return moe && layer >= moe->first_dense_layers && (layer - moe->first_dense_layers) % moe->every == 0;
  }

  /// MoE layers among the first `of` layers: the number of an MoE layer, counted from 0, if `of` is its layer.
  [[nodiscard]] int moe_layers(int of) const {
    return moe && of > moe->first_dense_layers ? (of - moe->first_dense_layers + moe->every - 1) / moe->every : 0;
  }
  [[nodiscard]] int moe_layers() const { return moe_layers(layers); }

  /// Whether any layer, the encoder's included, has the dense FFN.
  [[nodiscard]] bool has_dense_layers() const {
    return moe_layers() < layers || (encoder && moe_layers(encoder->layers) < encoder->layers);
  }

  /// Whether a layer keeps and attends to all cached tokens; else to those in its window.
  [[nodiscard]] bool attends_to_all(int layer) const {
    const auto& window = attention.window;
    return !window || (window->full_every > 0 && (layer + 1) % window->full_every == 0);
  }

  /// Of `context` cached tokens, those that a layer keeps and attends to.
  [[nodiscard]] int attended_tokens(int layer, int context) const {
    return attends_to_all(layer) ? context : std::min(context, attention.window->tokens);
  }
};

}  // namespace ringtail
