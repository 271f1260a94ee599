#include "parallel/ledger.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>
#include <string>

#include "model/attention_core.hpp"
#include "parallel/ledger_lines.hpp"

namespace ringtail {

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
