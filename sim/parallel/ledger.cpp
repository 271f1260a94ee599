#include "parallel/ledger.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
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
  KeptTokens kept;    ///< Of all its sequences, in the attention group with most; all cached by each stage.
  double sequences;   ///< In the fullest attention group: each of its ranks has a part of their KV cache.
  double tokens;      ///< Of the fullest token group that go through the layers at a time, each rank all of them.
  double own_tokens;  ///< Owned by the fullest rank between attention blocks.
  int modules;        ///< For multi-token prediction, that are used.
  int draft;
  bool moves_experts;

  [[nodiscard]] int token_group_ranks() const { return parallelism.attention.token_group_ranks(); }
  /// Of the attention group's that go through the layers at a time.
  [[nodiscard]] double group_tokens() const {
    return std::ceil(sequences / parallelism.pipeline.batches()) * (1 + draft);
  }
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
/// the first ranks one more; so does a CP rank.
double held_tokens(int cache_parts, int kv_block, int context) {
  const int blocks = largest_share(context, kv_block);
  return static_cast<double>(largest_share(blocks, cache_parts)) * kv_block;
}

Bytes kv_bytes(const Share& s, double tokens) {
  return tokens * kv_elements_per_token(s.model.attention, s.parallelism.attention.tp) * bytes_of(s.precision.kv);
}

double kept_in_layer(const Model& model, const KeptTokens& kept, int layer) {
  return model.attends_to_all(layer) ? kept.full : kept.windowed;
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
      s.moves_experts ? weight_bytes(s, s.local_experts() * expert_weights(s.model, s.parallelism.ffn.tp).total()) : 0;
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

KeptTokens kept_tokens(const Model& model, int cache_parts, int kv_block, int context, int draft) {
  const auto& window = model.attention.window;
  const int windowed = window ? std::min(context, window->tokens) : context;
  return {held_tokens(cache_parts, kv_block, context + draft), held_tokens(cache_parts, kv_block, windowed + draft)};
}

double kept_in_all_layers(const Model& model, const KeptTokens& kept, int draft) {
  double tokens = 0;
  for (int layer = 0; layer < model.layers; ++layer) tokens += kept_in_layer(model, kept, layer);
  const int modules = draft > 0 ? std::min(draft, model.mtp.value().modules) : 0;
  return tokens + modules * kept_in_layer(model, kept, model.layers - 1);
}

Ledger memory_ledger(const Model& model, const Platform& platform, const Parallelism& parallelism,
                     const Precision& precision, const Runtime& runtime, int redundant_experts,
                     const FullestGroup& fullest, int draft, bool moves_experts) {
  const int at_a_time = largest_share(fullest.sequences, parallelism.pipeline.batches());
  const int tokens = largest_share(at_a_time, parallelism.attention.cp) * (1 + draft);
  const int own_tokens = largest_share(tokens, parallelism.attention.token_group_ranks());
  const int stages = parallelism.pipeline.stages;
  const Bytes capacity = platform.gpu.hbm.capacity;
  Ledger least_free;
  for (int stage = 0; stage < stages; ++stage) {
    const Share share{.model = model,
                      .parallelism = parallelism,
                      .precision = precision,
                      .runtime = runtime,
                      .layers = layers_of_stage(model.layers, stages, stage),
                      .is_first = stage == 0,
                      .is_last = stage == stages - 1,
                      .redundant_experts = redundant_experts,
                      .kept = fullest.kept,
                      .sequences = static_cast<double>(fullest.sequences),
                      .tokens = static_cast<double>(tokens),
                      .own_tokens = static_cast<double>(own_tokens),
                      .modules = draft > 0 ? std::min(draft, model.mtp.value().modules) : 0,
                      .draft = draft,
                      .moves_experts = moves_experts};
    Ledger ledger{.capacity = capacity, .lines = ledger_lines(share, capacity), .stage = stage};
    if (stage == 0 || ledger.free() < least_free.free()) least_free = std::move(ledger);
  }
  return least_free;
}

Ledger memory_ledger(const Model& model, const Platform& platform, const Parallelism& parallelism,
                     const Precision& precision, const Runtime& runtime, int redundant_experts, int context,
                     int batch_total, int draft, bool moves_experts) {
  const int sequences = largest_share(batch_total, parallelism.attention.dp);
  KeptTokens kept = kept_tokens(model, parallelism.attention.cache_parts(), runtime.kv_block, context, draft);
  kept.full *= sequences;
  kept.windowed *= sequences;
  return memory_ledger(model, platform, parallelism, precision, runtime, redundant_experts,
                       FullestGroup{sequences, kept}, draft, moves_experts);
}

int max_batch(const Model& model, const Platform& platform, const Parallelism& parallelism, const Precision& precision,
              const Runtime& runtime, int redundant_experts, int context, int draft, bool moves_experts) {
  const int groups = parallelism.attention.dp;
  const auto most = std::bit_floor(static_cast<unsigned>(std::numeric_limits<int>::max() / groups / (1 + draft)));
  // No line shrinks when a sequence is added.
  return groups * largest_fitting(static_cast<int>(most), [&](int per_group) {
           return memory_ledger(model, platform, parallelism, precision, runtime, redundant_experts, context,
                                per_group * groups, draft, moves_experts)
               .fits();
         });
}

int largest_fitting(int most, const std::function<bool(int)>& fits) {
  int fitting = 0;
  int too_large = 1;
  while (too_large <= most && fits(too_large)) {
    fitting = too_large;
    too_large = too_large > most / 2 ? most + 1 : 2 * too_large;
  }
  while (too_large - fitting > 1) {
    const int middle = fitting + (too_large - fitting) / 2;
    (fits(middle) ? fitting : too_large) = middle;
  }
  return fitting;
}

double duplicated_kv_factor(const Model& model, const AttentionParallelism& attention) {
  const double heads = model.attention.latent ? 1 : model.attention.kv_heads;
  return attention.tp * kv_heads_per_rank(model.attention, attention.tp) / heads;
}

}  // namespace ringtail
