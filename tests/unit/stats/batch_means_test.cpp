#include "stats/batch_means.hpp"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <vector>

#include "known_series.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

using testing::autoregressive;
using testing::Bounds;
using testing::Draws;
using testing::successes;
using testing::waiting_times;

constexpr int experiments = 400;

bool covers(const Interval& interval, double value) { return interval.low <= value && value <= interval.high; }

// Values that are the number of their batch, 0..19: mean 9.5, and the batch means' variance is that of 0..19,
// (20² − 1)/12 · 20/19 = 35; t_{0.975,19} = 2.093024 (any table). von Neumann's statistic: 19 differences of 1 against
// squares 35·19, so 1 − 1/70.
TEST(BatchMeans, OfKnownBatches) {
  std::vector<double> series;
  for (int i = 0; i < 120; ++i) series.push_back(i / 6);
  const auto result = batch_means(series);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->batches, 20U);
  EXPECT_EQ(result->batch_size, 6U);
  EXPECT_NEAR(result->interval.low, 9.5 - 2.093024 * std::sqrt(35.0 / 20), 1e-5);
  EXPECT_NEAR(result->interval.high, 9.5 + 2.093024 * std::sqrt(35.0 / 20), 1e-5);
  EXPECT_NEAR(result->lag1, 1 - 1.0 / 70, 1e-12);
  EXPECT_TRUE(result->correlated);
}

// 20 batches of 5 are the least; what fills no batch counts in the mean: 3 values of 103 that are 103 too high.
TEST(BatchMeans, Limits) {
  EXPECT_FALSE(batch_means(std::vector<double>(99, 1.0)));
  std::vector<double> series(103, 1.0);
  for (int i = 0; i < 3; ++i) series[static_cast<std::size_t>(i)] = 104;
  const auto result = batch_means(series);
  ASSERT_TRUE(result);
  EXPECT_DOUBLE_EQ(result->interval.low, 4);
  EXPECT_DOUBLE_EQ(result->interval.high, 4);
  EXPECT_FALSE(result->correlated);
}

// Waiting times are strongly correlated and skew: batches of 1000, where the sum of correlations is 10 (the asymptotic
// variance of their mean is 29/n, Whitt, Management Science 35 (1989) 1341, and their own is 3).
TEST(BatchMeans, CoverTheMeanWaitingTimeOfAQueue) {
  Draws draws(1);
  int covered = 0;
  for (int i = 0; i < experiments; ++i) covered += covers(batch_means(waiting_times(draws, 20000))->interval, 1);
  const auto [low, high] = successes(experiments, 0.95);
  EXPECT_GE(covered, low);
  EXPECT_LE(covered, high);
}

TEST(BatchMeans, ReplicationsCoverTheMeanWaitingTimeOfAQueueToo) {
  Draws draws(2);
  int covered = 0;
  for (int i = 0; i < experiments; ++i) {
    std::vector<double> means;
    for (int r = 0; r < 10; ++r) means.push_back(mean(waiting_times(draws, 2000)));
    covered += covers(*student_t_interval(means), 1);
  }
  const auto [low, high] = successes(experiments, 0.95);
  EXPECT_GE(covered, low);
  EXPECT_LE(covered, high);
}

// AR(1) with φ = 0.9: the variance of the mean is (1 + φ)/(1 − φ) = 19 times that of independent values, so an interval
// that takes them for independent covers with 2Φ(1.96/√19) − 1 = 0.347.
TEST(BatchMeans, CoverWhereTakingValuesForIndependentDoesNot) {
  Draws draws(3);
  int batched = 0;
  int naive = 0;
  for (int i = 0; i < experiments; ++i) {
    const auto series = autoregressive(draws, 0.9, 8000);
    batched += covers(batch_means(series)->interval, 0);
    naive += covers(*student_t_interval(series), 0);
  }
  const Bounds stated = successes(experiments, 0.95);
  EXPECT_GE(batched, stated.low);
  EXPECT_LE(batched, stated.high);
  const boost::math::normal_distribution<double> normal;
  const Bounds too_few = successes(experiments, 2 * cdf(normal, 1.959964 / std::sqrt(19.0)) - 1);
  EXPECT_GE(naive, too_few.low);
  EXPECT_LE(naive, too_few.high);
}

// Of independent values one in twenty is called correlated. With φ = 0.95 and batches of 5, their correlation is
// φ(1 − φ⁵)²/(5(1 − φ²) − 2φ(1 − φ⁵)) = 0.84, far above the limit of 0.35, although 20 batches estimate it low.
TEST(BatchMeans, CorrelatedBatchesAreFound) {
  Draws draws(4);
  int independent = 0;
  int correlated = 0;
  for (int i = 0; i < experiments; ++i) {
    independent += batch_means(autoregressive(draws, 0, 100))->correlated;
    correlated += batch_means(autoregressive(draws, 0.95, 100))->correlated;
  }
  const auto [low, high] = successes(experiments, 0.05);
  EXPECT_GE(independent, low);
  EXPECT_LE(independent, high);
  EXPECT_GE(correlated, 0.9 * experiments);
}

}  // namespace
}  // namespace ringtail
