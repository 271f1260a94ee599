#include "stats/confidence.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace ringtail {
namespace {

// 1..5: mean 3, s² = 2.5, so s/√n = √0.5; t_{0.975,4} = 2.776445 (any table of Student's t).
TEST(Confidence, FiveReplications) {
  const auto interval = student_t_interval(std::array{1.0, 2.0, 3.0, 4.0, 5.0});
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 3 - 2.776445 * std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(interval->high, 3 + 2.776445 * std::sqrt(0.5), 1e-6);
}

// With one and two degrees of freedom the quantile has a closed form: tan(π(p - 1/2)) (Cauchy) and
// (2p - 1)·√(2 / (4p(1 - p))).
TEST(Confidence, QuantilesInClosedForm) {
  for (const double level : {0.5, 0.9, 0.95, 0.99}) {
    const double p = (1 + level) / 2;
    const auto two = student_t_interval(std::array{0.0, 2.0}, level);  // s/√n = √2/√2 = 1
    ASSERT_TRUE(two);
    EXPECT_NEAR(two->high - 1, std::tan(std::numbers::pi * (p - 0.5)), 1e-9);
    const auto three = student_t_interval(std::array{-1.0, 0.0, 1.0}, level);  // s/√n = 1/√3
    ASSERT_TRUE(three);
    EXPECT_NEAR(three->high * std::sqrt(3.0), (2 * p - 1) * std::sqrt(2 / (4 * p * (1 - p))), 1e-9);
    EXPECT_EQ(three->low, -three->high);
  }
}

// Equal replications have an interval of width 0; a single one has none.
TEST(Confidence, Limits) {
  const auto interval = student_t_interval(std::array{0.5, 0.5, 0.5});
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 0.5);
  EXPECT_EQ(interval->high, 0.5);
  EXPECT_FALSE(student_t_interval(std::array{0.5}));
}

// Two values each, with the same variance: ν = 2, whose quantile is in closed form (above), and a standard error of √2.
TEST(Confidence, WelchInClosedForm) {
  const double p = 0.975;
  const double t = (2 * p - 1) * std::sqrt(2 / (4 * p * (1 - p)));
  const auto interval = welch_interval(std::array{0.0, 2.0}, std::array{5.0, 7.0});
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 5 - t * std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(interval->high, 5 + t * std::sqrt(2.0), 1e-9);
  // If b does not vary, ν is a's n - 1, and the interval a's own, mirrored.
  const auto one_sided = welch_interval(std::array{-1.0, 0.0, 1.0}, std::array{4.0, 4.0});
  EXPECT_NEAR(one_sided->high, 4 + student_t_interval(std::array{-1.0, 0.0, 1.0})->high, 1e-9);
  EXPECT_EQ(welch_interval(std::array{1.0, 1.0}, std::array{3.0, 3.0})->high, 2);
  EXPECT_FALSE(welch_interval(std::array{1.0}, std::array{3.0, 4.0}));
}

TEST(Confidence, RefusesWhatHasNoMeaning) {
  EXPECT_THROW((void)student_t_interval(std::vector<double>{}), std::invalid_argument);
  EXPECT_THROW((void)student_t_interval(std::array{1.0, 2.0}, 1.0), std::invalid_argument);
}

}  // namespace
}  // namespace ringtail
