#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "qs/outcome.hpp"

namespace ringtail {

/// A place that was tried.
struct Trial {
  double at = 0;
  Winner winner = Winner::none;
};

/// Two neighbouring trials, of rising place, with different winners: between them the models are even.
struct Bracket {
  Trial low;
  Trial high;

  [[nodiscard]] double middle() const;  ///< Geometric.
  /// Relative, to either side of the middle: sqrt(high / low) - 1.
  [[nodiscard]] double accuracy() const;
};

/// Where a pair is even along one quantity.
struct BreakEven {
  std::vector<Trial> trials;       ///< By place.
  std::optional<Bracket> bracket;  ///< The first change of winner; none if there is no change in range.
  int changes = 0;                 ///< Of the winner over the grid; above 1 only the first is searched.
  bool is_noise_bound = false;     ///< The middle could not be told from even: more replications would narrow it.
};

/// Looks for the first change of winner over a rising grid, then halves its bracket, in logarithms, until it is
/// accurate to `accuracy` or its middle is even. Trials that are even or have no winner bound no bracket. With
/// `is_whole` places are whole numbers, and a bracket of neighbours is as narrow as can be. `winner_at` is asked once
/// per place.
[[nodiscard]] BreakEven find_break_even(const std::function<Winner(double)>& winner_at, const std::vector<double>& grid,
                                        double accuracy, bool is_whole);

/// low, factor · low, .. below high, then high; `factor` above 1. Only `low` if high is not above it.
[[nodiscard]] std::vector<double> geometric_grid(double low, double high, double factor);

}  // namespace ringtail
