#include "stats/order_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "known_series.hpp"

namespace ringtail {
namespace {

using testing::Draws;
using testing::successes;

/// 1..n, so that bounds are the ranks of the order statistics.
std::vector<double> ranks(int n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 1);
  return values;
}

/// P(first <= K <= last) of K binomial(n, p), summed term by term.
double probability(int n, double p, int first, int last) {
  double sum = 0;
  for (int k = std::max(first, 0); k <= std::min(last, n); ++k)
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) +
                    (n - k) * std::log1p(-p));
  return sum;
}

// The median of ten values: x(2) and x(9), with 1 − 2(1 + 10)/1024 (tables of the sign test).
TEST(OrderStatistics, MedianOfTen) {
  const QuantileBounds bounds = quantile_interval(ranks(10), 0.5);
  EXPECT_EQ(bounds.low, 2);
  EXPECT_EQ(bounds.high, 9);
}

// The value x(l) is above the quantile if fewer than l are below it. Each side fails with 2.5 % or less, and would not
// if it were one value closer.
TEST(OrderStatistics, AreTheClosestThatHold) {
  for (const int n : {6, 50, 400, 1000})
    for (const double p : {0.5, 0.9, 0.99}) {
      const QuantileBounds bounds = quantile_interval(ranks(n), p);
      const int low = static_cast<int>(bounds.low.value_or(0));
      EXPECT_LE(probability(n, p, 0, low - 1), 0.025) << n << " " << p;
      EXPECT_GT(probability(n, p, 0, low), 0.025) << n << " " << p;
      const int high = static_cast<int>(bounds.high.value_or(n + 1));
      EXPECT_LE(probability(n, p, high, n), 0.025) << n << " " << p;
      EXPECT_GT(probability(n, p, high - 1, n), 0.025) << n << " " << p;
    }
}

// 0.99^298 = 0.05004 and 0.99^299 = 0.04954; 0.5^5 = 0.031 and 0.5^6 = 0.016.
TEST(OrderStatistics, FewValuesHaveNoUpperBound) {
  EXPECT_EQ(values_for_upper_bound(0.99, 0.05), 299U);
  EXPECT_EQ(values_for_upper_bound(0.99), 368U);
  EXPECT_EQ(values_for_upper_bound(0.5), 6U);
  EXPECT_FALSE(quantile_interval(ranks(298), 0.99, 0.9).high);
  EXPECT_EQ(quantile_interval(ranks(299), 0.99, 0.9).high, 299);
  EXPECT_FALSE(quantile_interval(ranks(367), 0.99).high);
  EXPECT_EQ(quantile_interval(ranks(368), 0.99).high, 368);
  EXPECT_FALSE(quantile_interval(ranks(5), 0.5).low);
  EXPECT_FALSE(quantile_interval(ranks(5), 0.5).high);
  EXPECT_EQ(quantile_interval(ranks(6), 0.5).low, 1);
}

// Exponential values, whose p-quantile is −ln(1 − p). An interval covers with the probability that its ranks have.
TEST(OrderStatistics, CoverAKnownQuantile) {
  constexpr int experiments = 400;
  constexpr int n = 400;
  for (const double p : {0.5, 0.9, 0.99}) {
    Draws draws(7);
    const QuantileBounds at = quantile_interval(ranks(n), p);
    const double stated = probability(n, p, static_cast<int>(*at.low), static_cast<int>(*at.high) - 1);
    EXPECT_GE(stated, 0.95);
    int covered = 0;
    for (int i = 0; i < experiments; ++i) {
      std::vector<double> values;
      for (int j = 0; j < n; ++j) values.push_back(draws.exponential(1));
      const QuantileBounds bounds = quantile_interval(values, p);
      covered += *bounds.low <= -std::log1p(-p) && -std::log1p(-p) <= *bounds.high;
    }
    const auto [low, high] = successes(experiments, stated);
    EXPECT_GE(covered, low);
    EXPECT_LE(covered, high);
  }
}

TEST(OrderStatistics, RefuseWhatHasNoMeaning) {
  EXPECT_THROW((void)quantile_interval({}, 0.5), std::invalid_argument);
  EXPECT_THROW((void)quantile_interval(ranks(9), 1), std::invalid_argument);
  EXPECT_THROW((void)quantile_interval(ranks(9), 0.5, 1), std::invalid_argument);
  EXPECT_THROW((void)values_for_upper_bound(0), std::invalid_argument);
}

}  // namespace
}  // namespace ringtail
