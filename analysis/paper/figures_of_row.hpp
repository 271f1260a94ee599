#pragma once

#include "paper/reproduce.hpp"

namespace ringtail {

/// Who says it.
enum class Reading { paper, physical, simulated };

/// A row with its variants; those that its cells do not need are missing.
struct RowCase {
  const ReferenceRow& row;
  Model model;
  Variant* moe = nullptr;
  Variant* dense = nullptr;
};

/// Whether a quantity is of a decode step, so that a simulation is needed.
[[nodiscard]] bool is_timed(Quantity quantity);

/// The quantity of a row. `hundred` is the row whose MoE's throughput is 100, times per token are in `unit`.
/// - s, q s: k / E by the paper, the fraction of the parameters that a token meets physically.
/// - reuse, capacity, gap: by the paper of the printed batches, else of the reading's own largest ones.
[[nodiscard]] Figure figure(const RowCase& row, const RowCase& hundred, Quantity quantity, Reading reading,
                            Seconds unit);

}  // namespace ringtail
