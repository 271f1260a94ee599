#include "parallel/ledger_lines.hpp"

#include <algorithm>

#include "model/attention_core.hpp"
#include "model/weights.hpp"
#include "parallel/messages.hpp"

namespace ringtail {
namespace {

int moe_layers_of(const Model& model, const LayerRange& layers) {
  return model.moe_layers(layers.end()) - model.moe_layers(layers.first);
}

double weight_bytes(const Share& s, double elements) { return elements * bytes_of(s.precision.weights); }
double expert_bytes(const Share& s, double elements) { return elements * bytes_of(s.precision.of_experts()); }
double unquantised_bytes(const Share& s, double elements) { return elements * bytes_of(s.precision.activations); }

Bytes kv_bytes(const Share& s, double tokens) {
  return tokens * kv_elements_per_token(s.model.attention, s.parallelism.attention.tp) * bytes_of(s.precision.kv);
}

Bytes kv_cache(const Share& s) {
  double tokens = 0;
  for (int layer = s.layers.first; layer < s.layers.end(); ++layer) tokens += kept_in_layer(s.model, s.kept, layer);
  return kv_bytes(s, tokens);
}

/// Modules are like the model's last layer.
Bytes drafter_kv_cache(const Share& s) {
  return kv_bytes(s, s.modules * kept_in_layer(s.model, s.kept, s.model.layers - 1));
}

/// Keys and values of what the encoder has read, in every decoder layer.
Bytes cross_kv_cache(const Share& s) {
  if (!s.model.encoder) return 0;
  const double of_each =
      held_tokens(s.parallelism.attention.cache_parts(), s.runtime.kv_block, s.model.encoder->context);
  return s.sequences * (s.layers.count * kv_bytes(s, of_each));
}

/// Rows of the experts' inputs. With a dispatch each local expert has room for every token of every rank of the FFN
/// group, whatever the routing (DeepEP's low-latency layout [local experts, ranks · max tokens, hidden], which captured
/// graphs need); a GPU that holds all experts gathers just its tokens' copies.
double expert_rows(const Share& s) {
  if (!s.model.moe) return 0;
  if (s.ffn_group_ranks() == 1) return s.own_tokens * s.model.moe->experts_per_token;
  return s.own_tokens * s.local_experts() * s.ffn_group_ranks();
}

/// Elements per token between the projections: the query and what it meets. Absorbed latent queries are latents
/// themselves.
double attention_width(const Share& s) {
  const Attention& attention = s.model.attention;
  const double heads = heads_per_rank(attention, s.parallelism.attention.tp);
  const double kv = kv_elements_per_token(attention, s.parallelism.attention.tp);
  return attention.latent ? (heads + 1) * kv : heads * attention.head_dim + kv;
}

/// Elements of what a CP rank computes in all rounds: of pass-Q for every token of the ring, of pass-KV for its own
/// with every part of the cache.
double partial_outputs(const Share& s) {
  const AttentionParallelism& parallelism = s.parallelism.attention;
  if (parallelism.cp == 1) return 0;
  const Attention& attention = s.model.attention;
  const double value = attention.latent ? attention.latent->kv_lora_rank : value_dim(attention);
  const double outputs = parallelism.cp_ring == CpRing::pass_q ? s.group_tokens() : parallelism.cp * s.tokens;
  return outputs * heads_per_rank(attention, parallelism.tp) * value;
}

/// Three buffers (a kernel's input, its output, the residual stream), reused in every layer, each as large as the
/// largest tokens × width of any block: attention, dense FFN, experts, logits. An assumption; frameworks differ by
/// small factors.
Bytes activations(const Share& s) {
  constexpr double buffers = 3;
  const double hidden = s.model.hidden_size;
  const auto width = [hidden](const FfnWeights& ffn) { return std::max(hidden, ffn.up / hidden); };
  const double dense =
      moe_layers_of(s.model, s.layers) < s.layers.count ? width(dense_ffn_weights(s.model, s.parallelism.ffn.tp)) : 0;
  const double elements =
      std::max({s.tokens * std::max(hidden, attention_width(s)), partial_outputs(s), s.ffn_tokens() * dense,
                expert_rows(s) * width(expert_weights(s.model, s.parallelism.ffn.tp)),
                s.is_last ? s.tokens * largest_share(s.model.vocab_size, s.token_group_ranks()) : 0.0});
  return buffers * elements * bytes_of(s.precision.activations);
}

/// What goes round a CP ring at once (decode/cp_ring.hpp): of pass-KV the part of the cache in the layer with most.
Bytes ring_message(const Share& s) {
  const AttentionParallelism& attention = s.parallelism.attention;
  if (attention.cp_ring == CpRing::pass_q)
    return s.tokens * query_message(s.model, s.precision.activations, attention.tp);
  double held = 0;
  for (int layer = 0; layer < s.model.layers; ++layer) held = std::max(held, kept_in_layer(s.model, s.kept, layer));
  return held * cache_message(s.model, s.precision.kv, attention.tp);
}

/// Receive slots of the dispatch and the combine, which never wait for each other: 2 (even and odd layers) · slots ·
/// max tokens · the larger message, slots being those of all experts and replicas as in DeepEP's low-latency buffer
/// (times the ranks that split an expert), github.com/deepseek-ai/DeepEP. Dense collectives run one at a time: the
/// largest one's messages; beside them a CP ring has what is attended to and what is arriving. Experts that move arrive
/// in a buffer of a layer's slots, as in vLLM's EPLB.
Bytes communication_buffers(const Share& s) {
  const Bytes hidden = hidden_message(s.model, s.precision.activations);
  Bytes dense = 0;
  if (s.token_group_ranks() > 1 || s.parallelism.pipeline.stages > 1) dense = s.tokens * hidden;
  const AttentionParallelism& attention = s.parallelism.attention;
  if (attention.kvp > 1 || (attention.cp > 1 && attention.cp_ring == CpRing::pass_q))
    dense =
        std::max(dense, s.group_tokens() * partial_attention_message(s.model, s.precision.activations, attention.tp));
  if (s.parallelism.ffn.tp > 1) dense = std::max(dense, s.ffn_tokens() * hidden);
  if (attention.cp > 1) dense += 2 * ring_message(s);
  if (!s.model.moe || s.ffn_group_ranks() == 1) return dense;
  const Bytes message =
      std::max(dispatch_message(s.model, s.precision.dispatch), combine_message(s.model, s.precision.combine));
  const Bytes moved =
      s.moves_experts ? expert_bytes(s, s.local_experts() * expert_weights(s.model, s.parallelism.ffn.tp).total()) : 0;
  return dense + 2 * expert_rows(s) * message + moved;
}

/// What must stay empty, so that all lines add up to the capacity exactly when the runtime's memory is full:
/// - hbm: all that lies beyond the fraction.
/// - weights_and_kv: these two ≤ fraction · capacity, which leaves the others (1 - fraction) · capacity; whatever they
///   do not need of that is lost.
/// - free: KV cache ≤ fraction · (capacity - others), that is KV cache / fraction + others ≤ capacity.
Bytes reserve(const Runtime& runtime, Bytes capacity, Bytes kv_cache, Bytes neither_weights_nor_kv) {
  const double fraction = runtime.memory_fraction;
  const Bytes beyond = capacity - fraction * capacity;
  switch (runtime.memory_fraction_of) {
    case Runtime::FractionOf::hbm: return beyond;
    case Runtime::FractionOf::weights_and_kv: return std::max(0.0, beyond - neither_weights_nor_kv);
    case Runtime::FractionOf::free: return kv_cache / fraction - kv_cache;
  }
  return beyond;
}

/// Weights of a stack's layers by kind; the final norm goes with the model's last layer.
struct StackBytes {
  Bytes attention = 0;
  Bytes dense_ffn = 0;
  Bytes experts = 0;
  Bytes shared_experts = 0;
  Bytes router = 0;
  Bytes norms = 0;

  [[nodiscard]] Bytes total() const { return attention + dense_ffn + experts + shared_experts + router + norms; }
};

StackBytes stack_bytes(const Share& s, const LayerRange& stack, bool has_final_norm = true) {
  const Model& model = s.model;
  const int layers = stack.count;
  const double moe_layers = moe_layers_of(model, stack);
  const int ffn_tp = s.parallelism.ffn.tp;
  return {
      .attention = weight_bytes(s, layers * attention_weights(model, s.parallelism.attention.tp).total()),
      .dense_ffn = weight_bytes(s, (layers - moe_layers) * dense_ffn_weights(model, ffn_tp).total()),
      .experts = expert_bytes(s, moe_layers * s.local_experts() * expert_weights(model, ffn_tp).total()),
      .shared_experts = weight_bytes(s, moe_layers * shared_expert_weights(model).total()),
      .router = unquantised_bytes(s, moe_layers * router_weights(model)),
      .norms = unquantised_bytes(s, layers * norm_weights(model) + (has_final_norm ? model.hidden_size : 0)),
  };
}

/// Modules for multi-token prediction: each a layer like the last, with the projection before it in the format of
/// embeddings. Embedding and LM head are the model's.
Bytes drafter_bytes(const Share& s) {
  const StackBytes all = stack_bytes(s, {0, s.model.layers}), others = stack_bytes(s, {0, s.model.layers - 1});
  const Bytes layer = all.total() - others.total();
  return s.modules * (layer + unquantised_bytes(s, mtp_projection_weights(s.model) + mtp_norm_weights(s.model)));
}

/// All of the encoder, though a decode step reads none of it.
Bytes encoder_bytes(const Share& s) {
  if (!s.model.encoder) return 0;
  return stack_bytes(s, {0, s.model.encoder->layers}).total();
}

Bytes cross_attention_bytes(const Share& s) {
  if (!s.model.encoder) return 0;
  const double matrices = s.layers.count * cross_attention_weights(s.model, s.parallelism.attention.tp).total();
  return weight_bytes(s, matrices) + unquantised_bytes(s, static_cast<double>(s.layers.count) * s.model.hidden_size);
}

/// Tied to the embedding it is no matrix of its own, if both are on one stage.
bool has_own_head(const Share& s) { return s.is_last && !(s.model.tied_embeddings && s.is_first); }

}  // namespace

double held_tokens(int cache_parts, int kv_block, int context) {
  const int blocks = largest_share(context, kv_block);
  return static_cast<double>(largest_share(blocks, cache_parts)) * kv_block;
}

double kept_in_layer(const Model& model, const KeptTokens& kept, int layer) {
  return model.attends_to_all(layer) ? kept.full : kept.windowed;
}

std::vector<LedgerLine> ledger_lines(const Share& s, Bytes capacity) {
  const StackBytes decoder = stack_bytes(s, s.layers, s.is_last);
  const Bytes own_kv = kv_cache(s);
  const Bytes drafter_kv = drafter_kv_cache(s);
  const Bytes cross_kv = cross_kv_cache(s);
  const Bytes working = activations(s);
  const Bytes buffers = communication_buffers(s);
  const Bytes context = s.runtime.context_memory;
  return {
      {"attention_weights", decoder.attention},
      {"cross_attention", cross_attention_bytes(s)},
      {"dense_ffn", decoder.dense_ffn},
      {"experts", decoder.experts},
      {"shared_experts", decoder.shared_experts},
      {"router", decoder.router},
      {"norms", decoder.norms},
      {"encoder_weights", encoder_bytes(s)},
      {"embeddings", s.is_first ? unquantised_bytes(s, embedding_weights(s.model, s.token_group_ranks())) : 0},
      {"lm_head", has_own_head(s) ? unquantised_bytes(s, vocabulary_weights(s.model, s.token_group_ranks())) : 0},
      {"drafter_weights", drafter_bytes(s)},
      {"kv_cache", own_kv},
      {"drafter_kv_cache", drafter_kv},
      {"cross_kv_cache", cross_kv},
      {"activations", working},
      {"communication_buffers", buffers},
      {"context_memory", context},
      {"reserve", reserve(s.runtime, capacity, own_kv + drafter_kv + cross_kv, working + buffers + context)},
  };
}

}  // namespace ringtail
