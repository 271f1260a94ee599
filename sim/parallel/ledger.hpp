#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "model/model.hpp"
#include "parallel/parallelism.hpp"
#include "parallel/runtime.hpp"
#include "platform/platform.hpp"

namespace ringtail {

struct LedgerLine {
  std::string_view name;  ///< A string literal.
  Bytes bytes = 0;
};

/// What the memory of the fullest GPU, of the pipeline stage that leaves least, is used for: every line in bytes, in a
/// fixed order, also those that are zero. The lines and free() add up to the capacity; free() is negative if the
/// deployment does not fit.
struct Ledger {
  Bytes capacity = 0;
  std::vector<LedgerLine> lines;
  int stage = 0;  ///< The pipeline stage that the GPU belongs to.

  [[nodiscard]] Bytes used() const;
  [[nodiscard]] Bytes free() const { return capacity - used(); }
  [[nodiscard]] bool fits() const { return free() >= 0; }

  /// Bytes of a line; throws std::out_of_range if there is none of this name.
  [[nodiscard]] Bytes at(std::string_view name) const;

  /// The line with most bytes: what limits the batch. The first on a tie.
  [[nodiscard]] const LedgerLine& largest() const;
};

/// Tokens that a GPU keeps of sequences in its part of the KV cache, blocks being whole: in a layer that attends to all
/// of them, and in one with a window.
struct KeptTokens {
  double full = 0;
  double windowed = 0;

  KeptTokens& operator+=(const KeptTokens& more) {
    full += more.full;
    windowed += more.windowed;
    return *this;
  }
};

/// What the first KVP or CP rank of `cache_parts`, which keeps most, keeps of a sequence of `context` tokens, of which
/// a step verifies `draft` drafted ones: these have their places too, until it is known which of them stay.
KeptTokens kept_tokens(const Model& model, int cache_parts, int kv_block, int context, int draft);

/// Their sum over the model's layers and `draft` modules for multi-token prediction: what orders groups by their KV
/// cache.
double kept_in_all_layers(const Model& model, const KeptTokens& kept, int draft);

/// A batch as the fullest GPUs have it; not all of it need be in one attention group.
struct FullestGroup {
  int sequences = 0;  ///< Of the group with most: what activations and buffers are made for.
  KeptTokens kept;    ///< Of the group with most, on its first KVP rank.
};

/// The ledger of a batch that is given by what its fullest attention groups have.
Ledger memory_ledger(const Model& model, const Platform& platform, const Parallelism& parallelism,
                     const Precision& precision, const Runtime& runtime, int redundant_experts,
                     const FullestGroup& fullest, int draft = 0, bool moves_experts = false);

/// The ledger of `batch_total` sequences of `context` tokens each, of which a step verifies `draft` drafted ones
/// (ledger.cpp says how each line is computed). An FFN group has one slot per expert and `redundant_experts` more in
/// each MoE layer; `moves_experts`: their weights may come from other ranks while decoding. With drafts the model must
/// have modules that make them.
Ledger memory_ledger(const Model& model, const Platform& platform, const Parallelism& parallelism,
                     const Precision& precision, const Runtime& runtime, int redundant_experts, int context,
                     int batch_total, int draft = 0, bool moves_experts = false);

/// The largest batch in sequences, over all ranks, whose ledger fits, whatever runtime.max_sequences; 0 if not even one
/// sequence does. It is a multiple of attention.dp, since the fullest group decides.
int max_batch(const Model& model, const Platform& platform, const Parallelism& parallelism, const Precision& precision,
              const Runtime& runtime, int redundant_experts, int context, int draft = 0, bool moves_experts = false);

/// The largest number up to `most` (below the largest int) for which `fits` holds, if it holds for all smaller ones:
/// found by doubling and bisection, so that in any case it holds for n, and not for n + 1 unless n is `most`. 0: not
/// for 1.
int largest_fitting(int most, const std::function<bool(int)>& fits);

/// How many times the KV cache of a token is stored: TP ranks store latent attention's whole latent each, and
/// grouped-query heads again where there are more ranks than heads. Above 1 memory is wasted; KVP would split it
/// instead.
double duplicated_kv_factor(const Model& model, const AttentionParallelism& attention);

}  // namespace ringtail
