#pragma once

#include <span>

namespace ringtail {

/// Arithmetic mean. Throws std::invalid_argument if `values` is empty.
[[nodiscard]] double mean(std::span<const double> values);

/// Unbiased sample variance, Σ(x − mean)² / (n − 1). Throws std::invalid_argument for fewer than two values.
[[nodiscard]] double variance(std::span<const double> values);

/// The p-quantile, p in [0, 1]: Hyndman and Fan's type 7 (The American Statistician 50 (1996) 361), the default of R
/// and NumPy. With x sorted and h = (n − 1)p it is x[⌊h⌋] + (h − ⌊h⌋)(x[⌊h⌋+1] − x[⌊h⌋]), 0-based. `values` may be in
/// any order. Throws std::invalid_argument if `values` is empty or p is outside [0, 1].
[[nodiscard]] double percentile(std::span<const double> values, double p);

}  // namespace ringtail
