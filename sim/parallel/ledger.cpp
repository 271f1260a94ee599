#include "parallel/ledger.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "model/attention_core.hpp"
#include "model/weights.hpp"
#include "parallel/messages.hpp"
#include "parallel/pipeline.hpp"

namespace ringtail {
namespace {

/// What each line is computed from; sizes are those of the fullest GPU.
struct Share {
  const Model& model;
  const Parallelism& parallelism;
  const Precision& precision;
  const Runtime& runtime;
  LayerRange layers;  ///< Of the pipeline stage.
  bool is_first;      ///< Stage of all: it has the embedding,
  bool is_last;       ///< and this one the head.
  int redundant_experts;
  int context;
  double sequences;   ///< In the fullest attention group, all cached by each stage.
  double tokens;      ///< Of those that go through the layers at a time; each rank computes attention for all of them.
  double own_tokens;  ///< Owned by the fullest rank between attention blocks.
  int modules;        ///< For multi-token prediction, that are used.
  int draft;

  [[nodiscard]] int group_ranks() const { return parallelism.attention.group_ranks(); }
  [[nodiscard]] int ffn_group_ranks() const { return parallelism.ffn.group_ranks(); }
  /// Slots, replicas among them: they take memory and room for tokens like experts.
  [[nodiscard]] int local_experts() const {
    return model.moe ? largest_share(model.moe->experts + redundant_experts, parallelism.ffn.ep) : 0;
  }
  /// Tokens of the ranks that split an FFN: each computes its slice for all of them.
  [[nodiscard]] double ffn_tokens() const { return own_tokens * parallelism.ffn.tp; }
};

int moe_layers_of(const Model& model, const LayerRange& layers) {
  return model.moe_layers(layers.end()) - model.moe_layers(layers.first);
}

double weight_bytes(const Share& s, double elements) { return elements * bytes_of(s.precision.weights); }
double unquantised_bytes(const Share& s, double elements) { return elements * bytes_of(s.precision.activations); }

/// Cached tokens of one sequence in one layer. Blocks of the KV cache are whole; a KVP rank holds every kvp-th of them,
/// the first ranks one more.
double held_tokens(const Share& s, int context) {
  const int blocks = largest_share(context, s.runtime.kv_block);
  return static_cast<double>(largest_share(blocks, s.parallelism.attention.kvp)) * s.runtime.kv_block;
}

/// The drafted tokens have their places too, until it is known which of them stay.
double held_tokens_of_layer(const Share& s, int layer) {
  return held_tokens(s, s.model.attended_tokens(layer, s.context) + s.draft);
}

Bytes kv_bytes(const Share& s, double tokens) {
  return tokens * kv_elements_per_token(s.model.attention, s.parallelism.attention.tp) * bytes_of(s.precision.kv);
}

Bytes kv_cache_per_sequence(const Share& s) {
  double tokens = 0;
  for (int layer = s.layers.first; layer < s.layers.end(); ++layer) tokens += held_tokens_of_layer(s, layer);
  return kv_bytes(s, tokens);
}

Bytes drafter_kv_cache_per_sequence(const Share& s) {
  return kv_bytes(s, s.modules * held_tokens_of_layer(s, s.model.layers - 1));
}

/// Keys and values of what the encoder has read, in every decoder layer.
Bytes cross_kv_cache_per_sequence(const Share& s) {
  return s.model.encoder ? s.layers.count * kv_bytes(s, held_tokens(s, s.model.encoder->context)) : 0;
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

/// Three buffers (a kernel's input, its output, the residual stream), reused in every layer, each as large as the
/// largest tokens × width of any block: attention, dense FFN, experts, logits. An assumption; frameworks differ by
/// small factors.
Bytes activations(const Share& s) {
  constexpr double buffers = 3;
  const double hidden = s.model.hidden_size;
  const auto width = [hidden](const FfnWeights& ffn) { return std::max(hidden, ffn.up / hidden); };
  const double dense =
      moe_layers_of(s.model, s.layers) < s.layers.count ? width(dense_ffn_weights(s.model, s.parallelism.ffn.tp)) : 0;
  const double elements = std::max({s.tokens * std::max(hidden, attention_width(s)), s.ffn_tokens() * dense,
                                    expert_rows(s) * width(expert_weights(s.model, s.parallelism.ffn.tp)),
                                    s.is_last ? s.tokens * largest_share(s.model.vocab_size, s.group_ranks()) : 0.0});
  return buffers * elements * bytes_of(s.precision.activations);
}

/// Receive slots of the dispatch and the combine, which never wait for each other: 2 (even and odd layers) · slots ·
/// max tokens · the larger message, slots being those of all experts and replicas as in DeepEP's low-latency buffer
/// (times the ranks that split an expert), github.com/deepseek-ai/DeepEP. Dense collectives run one at a time: the
/// largest one's messages.
Bytes communication_buffers(const Share& s) {
  const Bytes hidden = hidden_message(s.model, s.precision.activations);
  Bytes dense = 0;
  if (s.group_ranks() > 1 || s.parallelism.pipeline.stages > 1) dense = s.tokens * hidden;
  if (s.parallelism.attention.kvp > 1) {
    const int tp = s.parallelism.attention.tp;
    dense = std::max(dense, s.tokens * partial_attention_message(s.model, s.precision.activations, tp));
  }
  if (s.parallelism.ffn.tp > 1) dense = std::max(dense, s.ffn_tokens() * hidden);
  if (!s.model.moe || s.ffn_group_ranks() == 1) return dense;
  const Bytes message =
      std::max(dispatch_message(s.model, s.precision.dispatch), combine_message(s.model, s.precision.combine));
  return dense + 2 * expert_rows(s) * message;
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
      .experts = weight_bytes(s, moe_layers * s.local_experts() * expert_weights(model, ffn_tp).total()),
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

std::vector<LedgerLine> ledger_lines(const Share& s, Bytes capacity) {
  const StackBytes decoder = stack_bytes(s, s.layers, s.is_last);
  const Bytes kv_cache = s.sequences * kv_cache_per_sequence(s);
  const Bytes drafter_kv_cache = s.sequences * drafter_kv_cache_per_sequence(s);
  const Bytes cross_kv_cache = s.sequences * cross_kv_cache_per_sequence(s);
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
      {"embeddings", s.is_first ? unquantised_bytes(s, embedding_weights(s.model, s.group_ranks())) : 0},
      {"lm_head", has_own_head(s) ? unquantised_bytes(s, vocabulary_weights(s.model, s.group_ranks())) : 0},
      {"drafter_weights", drafter_bytes(s)},
      {"kv_cache", kv_cache},
      {"drafter_kv_cache", drafter_kv_cache},
      {"cross_kv_cache", cross_kv_cache},
      {"activations", working},
      {"communication_buffers", buffers},
      {"context_memory", context},
      {"reserve",
       reserve(s.runtime, capacity, kv_cache + drafter_kv_cache + cross_kv_cache, working + buffers + context)},
  };
}

}  // namespace

Bytes Ledger::used() const {
  Bytes sum = 0;
  for (const LedgerLine& line : lines) sum += line.bytes;
  return sum;
}

Bytes Ledger::at(std::string_view name) const {
  const auto line = std::find_if(lines.begin(), lines.end(), [name](const LedgerLine& l) { return l.name == name; });
  if (line == lines.end()) throw std::out_of_range("no ledger line " + std::string(name));
  return line->bytes;
}

const LedgerLine& Ledger::largest() const {
  return *std::max_element(lines.begin(), lines.end(),
                           [](const LedgerLine& a, const LedgerLine& b) { return a.bytes < b.bytes; });
}

Ledger memory_ledger(const Model& model, const Platform& platform, const Parallelism& parallelism,
                     const Precision& precision, const Runtime& runtime, int redundant_experts, int context,
                     int batch_total, int draft) {
  const int sequences = largest_share(batch_total, parallelism.attention.dp);
  const int tokens = sequences_at_a_time(parallelism, batch_total) * (1 + draft);
  const int own_tokens = largest_share(tokens, parallelism.attention.group_ranks());
  const int stages = parallelism.pipeline.stages;
  Ledger fullest;
  for (int stage = 0; stage < stages; ++stage) {
    const Share share{.model = model,
                      .parallelism = parallelism,
                      .precision = precision,
                      .runtime = runtime,
                      .layers = layers_of_stage(model.layers, stages, stage),
                      .is_first = stage == 0,
                      .is_last = stage == stages - 1,
                      .redundant_experts = redundant_experts,
                      .context = context,
                      .sequences = static_cast<double>(sequences),
                      .tokens = static_cast<double>(tokens),
                      .own_tokens = static_cast<double>(own_tokens),
                      .modules = draft > 0 ? std::min(draft, model.mtp.value().modules) : 0,
                      .draft = draft};
    const Bytes capacity = platform.gpu.hbm.capacity;
    Ledger ledger{.capacity = capacity, .lines = ledger_lines(share, capacity), .stage = stage};
    if (stage == 0 || ledger.free() < fullest.free()) fullest = std::move(ledger);
  }
  return fullest;
}

int max_batch(const Model& model, const Platform& platform, const Parallelism& parallelism, const Precision& precision,
              const Runtime& runtime, int redundant_experts, int context, int draft) {
  const int groups = parallelism.attention.dp;
  const auto fits = [&](int per_group) {
    return memory_ledger(model, platform, parallelism, precision, runtime, redundant_experts, context,
                         per_group * groups, draft)
        .fits();
  };
  // No line shrinks when a sequence is added, so: double until it no longer fits, then bisect.
  int fitting = 0;
  int too_large = 1;
  while (fits(too_large)) {
    fitting = too_large;
    if (too_large > std::numeric_limits<int>::max() / groups / (2 * (1 + draft))) return fitting * groups;
    too_large *= 2;
  }
  while (too_large - fitting > 1) {
    const int middle = fitting + (too_large - fitting) / 2;
    (fits(middle) ? fitting : too_large) = middle;
  }
  return fitting * groups;
}

double duplicated_kv_factor(const Model& model, const AttentionParallelism& attention) {
  const double heads = model.attention.latent ? 1 : model.attention.kv_heads;
  return attention.tp * kv_heads_per_rank(model.attention, attention.tp) / heads;
}

}  // namespace ringtail
