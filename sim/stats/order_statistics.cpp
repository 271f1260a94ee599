#include "stats/order_statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace ringtail {
namespace {

void check_fraction(double value, const char* what) {
  if (!(value > 0 && value < 1)) throw std::invalid_argument(what);
}

/// The smallest k from 0 to n for which the distribution of binomial(n, p) satisfies what it does from some k on.
template <class Condition>
std::size_t first_count(std::size_t n, const Condition& holds) {
  std::size_t low = 0;
  std::size_t high = n;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (holds(static_cast<double>(middle)))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

}  // namespace

QuantileBounds quantile_interval(std::span<const double> values, double p, double level) {
  if (values.empty()) throw std::invalid_argument("interval of a quantile of no values");
  check_fraction(p, "quantile outside (0, 1)");
  check_fraction(level, "confidence level outside (0, 1)");
  const std::size_t n = values.size();
  const double tail = (1 - level) / 2;
  const boost::math::binomial_distribution<double> below(static_cast<double>(n), p);
  // P(K < l) = P(K <= l − 1), so l is the first k with P(K <= k) > tail; 0 stands for none.
  const std::size_t l = first_count(n, [&](double k) { return boost::math::cdf(below, k) > tail; });
  // P(K >= u) = P(K > u − 1), so u − 1 is the first k with P(K > k) <= tail; k = n is none.
  const std::size_t before_u =
      first_count(n, [&](double k) { return boost::math::cdf(boost::math::complement(below, k)) <= tail; });
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  QuantileBounds bounds;
  if (l > 0) bounds.low = sorted[l - 1];
  if (before_u < n) bounds.high = sorted[before_u];
  return bounds;
}

std::size_t values_for_upper_bound(double p, double tail) {
  check_fraction(p, "quantile outside (0, 1)");
  check_fraction(tail, "tail outside (0, 1)");
  return static_cast<std::size_t>(std::ceil(std::log(tail) / std::log(p)));
}

}  // namespace ringtail
