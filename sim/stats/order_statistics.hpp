#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace ringtail {

/// Bounds of a quantile; a side is absent where there are not enough values for one.
struct QuantileBounds {
  std::optional<double> low;
  std::optional<double> high;
};

/// Distribution-free confidence interval of the p-quantile, p in (0, 1), from independent values: the order statistics
/// x(l) and x(u) (1-based) with the largest l and the smallest u for which P(K < l) and P(K >= u) are at most
/// (1 − level)/2 each, where K is binomial(n, p), the number of values below the quantile (David and Nagaraja, Order
/// Statistics, 3rd ed., 7.1). Covers with probability `level` or more, whatever the distribution. `values` may be in
/// any order. Throws std::invalid_argument if it is empty, or p or level is outside (0, 1).
[[nodiscard]] QuantileBounds quantile_interval(std::span<const double> values, double p, double level = 0.95);

/// The smallest number of values that gives the p-quantile an upper bound exceeded with probability `tail` at most:
/// p^n <= tail, so 299 for p = 0.99 and tail = 0.05, and 368 in a two-sided interval of 95 % (tail = 0.025).
/// A lower bound takes values_for_upper_bound(1 − p, tail). Throws like quantile_interval.
[[nodiscard]] std::size_t values_for_upper_bound(double p, double tail = 0.025);

}  // namespace ringtail
