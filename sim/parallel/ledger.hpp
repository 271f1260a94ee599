#pragma once

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

/// The ledger of `batch_total` sequences of `context` tokens each, of which a step verifies `draft` drafted ones
/// (ledger.cpp says how each line is computed). An FFN group has one slot per expert and `redundant_experts` more in
/// each MoE layer. With drafts the model must have modules that make them.
Ledger memory_ledger(const Model& model, const Platform& platform, const Parallelism& parallelism,
                     const Precision& precision, const Runtime& runtime, int redundant_experts, int context,
                     int batch_total, int draft = 0);

/// The largest batch in sequences, over all ranks, whose ledger fits, whatever runtime.max_sequences; 0 if not even one
/// sequence does. It is a multiple of attention.dp, since the fullest group decides.
int max_batch(const Model& model, const Platform& platform, const Parallelism& parallelism, const Precision& precision,
              const Runtime& runtime, int redundant_experts, int context, int draft = 0);

/// How many times the KV cache of a token is stored: TP ranks store latent attention's whole latent each, and
/// grouped-query heads again where there are more ranks than heads. Above 1 memory is wasted; KVP would split it
/// instead.
double duplicated_kv_factor(const Model& model, const AttentionParallelism& attention);

}  // namespace ringtail
