#include "stats/mser.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "known_series.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

using testing::autoregressive;
using testing::Draws;

constexpr int experiments = 400;

/// 0, 1, 0, 1, ..: means of groups of five are 0.4 and 0.6 in turn.
std::vector<double> alternating(int count) {
  std::vector<double> series;
  for (int i = 0; i < count; ++i) series.push_back(i % 2);
  return series;
}

// 30 values of 2, then 170 with mean 0.5. The squared error of n equally spread groups is 0.01/n, which falls with n,
// so all of them are kept, and the transient is not. Their mean is 0.5, that of all 0.15·2 + 0.85·0.5 = 0.725.
TEST(Mser5, DropsExactlyTheTransient) {
  std::vector<double> series = alternating(200);
  for (std::size_t i = 0; i < 30; ++i) series[i] = 2;
  const auto truncation = mser5(series);
  ASSERT_TRUE(truncation);
  EXPECT_EQ(truncation->dropped, 30U);
  EXPECT_TRUE(truncation->over);
  EXPECT_TRUE(truncation->significant);
  EXPECT_NEAR(truncation->shift, 0.5 - 0.725, 1e-12);
}

TEST(Mser5, KeepsASteadySeries) {
  for (const auto& series : {alternating(200), std::vector<double>(60, 3.0)}) {
    const auto truncation = mser5(series);
    ASSERT_TRUE(truncation);
    EXPECT_EQ(truncation->dropped, 0U);
    EXPECT_FALSE(truncation->significant);
    EXPECT_EQ(truncation->shift, 0);
  }
}

// Steps of a deterministic simulation differ by rounding.
TEST(Mser5, RoundingIsNoTransient) {
  std::vector<double> series(200, 1e-3);
  for (std::size_t i = 0; i < 60; ++i) series[i] *= 1 + 1e-13 * static_cast<double>(60 - i);
  EXPECT_EQ(mser5(series)->dropped, 0U);
}

// A series that falls to its end has no steady part.
TEST(Mser5, ATransientToTheEndIsNotOver) {
  std::vector<double> series = alternating(200);
  for (std::size_t i = 0; i < 200; ++i) series[i] += 200 - static_cast<double>(i);
  const auto truncation = mser5(series);
  EXPECT_FALSE(truncation->over);
  EXPECT_TRUE(truncation->significant);
}

TEST(Mser5, NeedsFiftyValues) {
  EXPECT_FALSE(mser5(alternating(49)));
  EXPECT_TRUE(mser5(alternating(50)));
}

// A transient 5·0.95^i on AR(1) noise: the mean of 500 values is biased by 5(1 − 0.95^500)/(500·0.05) = 0.2. Found is a
// point after which a tenth of that or less is left.
TEST(Mser5, TakesAwayTheBiasOfADecayingTransient) {
  Draws draws(5);
  std::vector<double> all;
  std::vector<double> kept;
  for (int i = 0; i < experiments; ++i) {
    auto series = autoregressive(draws, 0.3, 500);
    for (std::size_t j = 0; j < series.size(); ++j) series[j] += 5 * std::pow(0.95, static_cast<double>(j));
    const auto truncation = mser5(series);
    EXPECT_GE(truncation->dropped, 20U);
    all.push_back(mean(series));
    kept.push_back(mean(std::span(series).subspan(truncation->dropped)));
  }
  EXPECT_NEAR(mean(all), 0.2, 4 * std::sqrt(variance(all) / experiments));
  EXPECT_NEAR(mean(kept), 0, 0.02 + 4 * std::sqrt(variance(kept) / experiments));
}

// Of series without transient MSER-5 drops little by chance, and hardly ever takes that for significant. There is no
// formula for how much. Of 100 values a quarter is 5 groups, whose sample variance is a quarter of its mean or less
// with probability 0.09 (chi-square with 4 degrees of freedom), which makes that the minimum; of 500 it is 25 groups,
// below 1e-4.
TEST(Mser5, DropsLittleOfAStationarySeries) {
  struct Case {
    double phi;
    std::size_t count;
    double most_dropped;
    double most_late;
  };
  for (const Case& each : {Case{0, 100, 0.15, 0.15}, Case{0, 500, 0.03, 0.01}, Case{0.3, 500, 0.03, 0.01}}) {
    Draws draws(6);
    double dropped = 0;
    int late = 0;
    int significant = 0;
    for (int i = 0; i < experiments; ++i) {
      const auto truncation = mser5(autoregressive(draws, each.phi, each.count));
      dropped += static_cast<double>(truncation->dropped) / static_cast<double>(each.count);
      late += !truncation->over;
      significant += truncation->significant;
    }
    EXPECT_LE(dropped / experiments, each.most_dropped);
    EXPECT_LE(late, each.most_late * experiments);
    EXPECT_LE(significant, 0.01 * experiments);
  }
}

}  // namespace
}  // namespace ringtail
