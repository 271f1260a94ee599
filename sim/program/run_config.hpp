#pragma once

#include <cstdint>
#include <optional>

namespace ringtail {

/// What is simulated and measured: in each replication `warmup` steps are thrown away, then `steps` are measured.
struct Run {
  int steps = 20;
  std::optional<int> warmup = 2;  ///< Found by a pilot simulation if there is none (docs/statistics.md).
  int replications = 5;           ///< With a precision the least.
  std::uint64_t seed = 1;
  /// Replications are added until the relative half-width of TPOT's interval is that, or there are so many.
  std::optional<double> precision = std::nullopt;
  int max_replications = 100;

  /// Whether what is simulated is known beforehand.
  [[nodiscard]] bool is_fixed() const { return warmup && !precision; }
};

}  // namespace ringtail
