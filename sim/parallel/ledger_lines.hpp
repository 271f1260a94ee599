#pragma once

#include <cmath>
#include <vector>

#include "parallel/ledger.hpp"
#include "parallel/pipeline.hpp"

/// The lines of the memory ledger of one GPU.
namespace ringtail {

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

/// Cached tokens of one sequence in one layer. Blocks of the KV cache are whole; a KVP rank holds every kvp-th of them,
/// the first ranks one more; so does a CP rank.
double held_tokens(int cache_parts, int kv_block, int context);

/// Of all kept tokens those that a layer keeps.
double kept_in_layer(const Model& model, const KeptTokens& kept, int layer);

/// In a fixed order, also those of no bytes. They add up to the capacity when the runtime's memory is full.
std::vector<LedgerLine> ledger_lines(const Share& share, Bytes capacity);

}  // namespace ringtail
