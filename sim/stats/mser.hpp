#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace ringtail {

/// Where a series has left its initial transient.
struct Truncation {
  std::size_t dropped = 0;  ///< Values at the start that should be thrown away, a multiple of 5.
  bool over = true;         ///< Whether that is less than half of the series: later, the transient may last to its end.
  double shift = 0;         ///< By how much `dropped` more values at the start change the mean of the series.
  bool significant = false;  ///< Whether what is dropped differs from the rest by more than chance explains.
};

/// MSER-5 (White, Cobb, Spratt, Winter Simulation Conference 2000, 755; White, Simulation 69 (1997) 323): of the means
/// Z of groups of 5 values, the first d are dropped that minimise Σ_{j>=d} (Z_j − mean)² / (b − d)², which is the
/// squared standard error of the mean of the b − d others, if they were independent. A later minimum than a quarter
/// of the series, or 5 groups, before the end is not looked for: of few groups the spread is small by chance. A minimum
/// counts from 1e-9 of the mean on; below is rounding.
///
/// `significant`: the means of dropped and others differ by more than four standard errors (chance has chosen the
/// point), the variance estimated by half of the mean squared difference of neighbours (von Neumann, Annals of
/// Mathematical Statistics 12 (1941) 367), which a transient hardly raises, and by more than 1e-9 of the mean.
///
/// Nothing if there are fewer than 50 values. Left-over values at the end do not take part.
[[nodiscard]] std::optional<Truncation> mser5(std::span<const double> series);

}  // namespace ringtail
