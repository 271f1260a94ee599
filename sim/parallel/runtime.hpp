#pragma once

#include <optional>
#include <string>

#include "base/units.hpp"

namespace ringtail {

/// What the serving framework takes: of each GPU's memory, of the host's time, and how many sequences it decodes at
/// once. Profiles of published frameworks are in workloads/runtimes; docs/runtimes.md says what each field does.
struct Runtime {
  enum class Launch {
    captured,  ///< The step is a captured CUDA graph: kernels follow one another without the host.
    eager      ///< The host launches each kernel.
  };
  /// What memory_fraction is a fraction of.
  enum class FractionOf {
    hbm,             ///< The whole HBM: all lines of the ledger stay within it.
    weights_and_kv,  ///< The whole HBM too, but only weights and KV cache must stay within it.
    free             ///< What everything else leaves: the KV cache must stay within it.
  };

  std::optional<std::string> preset = std::nullopt;  ///< The profile that filled in what the deployment left out.
  Launch launch = Launch::captured;
  std::optional<int> captured_sequences = std::nullopt;  ///< Captured graphs exist up to so many per attention group.
  Seconds launch_time = 20e-6;                           ///< Of the host, per kernel launched eagerly.
  Seconds step_overhead = 0;                             ///< Of the host, per step, while the GPUs have nothing to do.
  Bytes context_memory = 2.0 * 1024 * 1024 * 1024;       ///< CUDA context and captured graphs.
  double memory_fraction = 0.95;                         ///< In (0, 1].
  FractionOf memory_fraction_of = FractionOf::hbm;
  int kv_block = 64;                                ///< Tokens per block of the paged KV cache.
  std::optional<int> max_sequences = std::nullopt;  ///< Per attention group; no limit but memory if not given.

  /// Whether the host launches each kernel of a step with so many sequences in the fullest attention group.
  [[nodiscard]] bool is_eager(int sequences) const {
    return launch == Launch::eager || (captured_sequences && sequences > *captured_sequences);
  }
};

}  // namespace ringtail
