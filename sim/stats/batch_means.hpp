#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "stats/confidence.hpp"

namespace ringtail {

/// What the spread of batch means says about the mean of one long series.
struct BatchMeans {
  std::size_t batches = 0;
  std::size_t batch_size = 0;  ///< Values per batch.
  double lag1 = 0;             ///< Correlation of neighbouring batch means.
  bool correlated = false;     ///< lag1 is too large for independent batches; the interval is then too narrow.
  Interval interval;           ///< Of the mean of the series.
};

/// Non-overlapping batch means (Law and Kelton, Simulation Modeling and Analysis, 9.5.3): the series is cut into 20
/// batches of equal size; their means are taken for independent and normal, so that the interval is
/// mean ∓ t_{(1+level)/2, 19} · s/√20. More than 30 batches gain little, and smaller ones are more correlated
/// (Schmeiser, Operations Research 30 (1982) 556). Values at the start that fill no batch count in the mean alone.
///
/// `lag1` is von Neumann's statistic (stats/independence.hpp), `correlated` if independent batches had such a one with
/// probability 0.05 or less (Fishman, Management Science 24 (1978) 510). Batches that do not vary are not correlated.
///
/// Nothing for fewer than 100 values, 5 per batch. Throws std::invalid_argument if level is outside (0, 1).
[[nodiscard]] std::optional<BatchMeans> batch_means(std::span<const double> series, double level = 0.95);

}  // namespace ringtail
