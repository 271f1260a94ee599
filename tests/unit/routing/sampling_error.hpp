#pragma once

#include <cmath>

namespace ringtail {

/// How far a sum of independent variables, each within [-1, 1] of its mean, may be from its expectation with
/// probability at least 1 - false_alarm: Bernstein's inequality P(|S - ES| ≥ d) ≤ 2 exp(-d² / (2 Var S + 2d/3)) solved
/// for d. It holds for every distribution and sample size, also where the normal approximation of a rare event does
/// not.
inline double sampling_error(double variance, double false_alarm) {
  const double log_odds = std::log(2 / false_alarm);
  return log_odds / 3 + std::sqrt(log_odds * log_odds / 9 + 2 * log_odds * variance);
}

}  // namespace ringtail
