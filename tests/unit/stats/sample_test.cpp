#include "stats/sample.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace ringtail {
namespace {

// 2, 4, 4, 4, 5, 5, 7, 9: sum 40, squared deviations 9+1+1+1+0+0+4+16 = 32.
TEST(Sample, MeanAndVarianceByHand) {
  const std::array<double, 8> values = {2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_EQ(mean(values), 5);
  EXPECT_DOUBLE_EQ(variance(values), 32.0 / 7);
}

// The variance does not change when all values move: 1e9 is exact in a double beside 1, 2, 3. The sum of squares minus
// the square of the sum would lose every digit.
TEST(Sample, VarianceSurvivesALargeOffset) {
  EXPECT_DOUBLE_EQ(variance(std::array{1e9 + 1, 1e9 + 2, 1e9 + 3}), 1);
  EXPECT_EQ(variance(std::array{0.25, 0.25, 0.25}), 0);
}

// Type 7 by its formula: of 10, 20, 30, 40 the quartile is at 3·0.25 = 0.75 of the way from the first to the second; of
// 11 values 0..10 the p-percentile is 10p.
TEST(Sample, PercentileByHand) {
  const std::array<double, 4> values = {40, 10, 30, 20};  // any order
  EXPECT_DOUBLE_EQ(percentile(values, 0.25), 17.5);
  EXPECT_DOUBLE_EQ(percentile(values, 0.5), 25);
  EXPECT_DOUBLE_EQ(percentile(values, 0.9), 37);
  EXPECT_EQ(percentile(values, 0), 10);
  EXPECT_EQ(percentile(values, 1), 40);
  EXPECT_EQ(values[0], 40);
  std::vector<double> steps;
  for (int i = 10; i >= 0; --i) steps.push_back(i);
  for (const double p : {0.5, 0.9, 0.99}) EXPECT_DOUBLE_EQ(percentile(steps, p), 10 * p);
}

// A single value is every percentile of itself; equal values too, exactly.
TEST(Sample, PercentileOfEqualValues) {
  for (const double p : {0.0, 0.5, 0.9, 0.99, 1.0}) {
    EXPECT_EQ(percentile(std::array{0.1}, p), 0.1);
    EXPECT_EQ(percentile(std::array{0.1, 0.1, 0.1}, p), 0.1);
  }
}

TEST(Sample, RefusesWhatHasNoMeaning) {
  const std::vector<double> none;
  EXPECT_THROW((void)mean(none), std::invalid_argument);
  EXPECT_THROW((void)variance(std::array{1.0}), std::invalid_argument);
  EXPECT_THROW((void)percentile(none, 0.5), std::invalid_argument);
  EXPECT_THROW((void)percentile(std::array{1.0}, 1.5), std::invalid_argument);
  EXPECT_THROW((void)percentile(std::array{1.0}, NAN), std::invalid_argument);
}

}  // namespace
}  // namespace ringtail
