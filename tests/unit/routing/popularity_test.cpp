#include "routing/popularity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

Popularity zipf(double alpha) { return {Popularity::Kind::zipf, alpha}; }

// Σ_{r=1..3} r^-1 = 11/6, so with k = 1 the probabilities are 6/11, 3/11 and 2/11.
TEST(Popularity, ZipfByHand) {
  const std::vector<double> inclusion = inclusion_by_rank(zipf(1), 3, 1);
  ASSERT_EQ(inclusion.size(), 3u);
  EXPECT_DOUBLE_EQ(inclusion[0], 6.0 / 11);
  EXPECT_DOUBLE_EQ(inclusion[1], 3.0 / 11);
  EXPECT_DOUBLE_EQ(inclusion[2], 2.0 / 11);
}

// Uniform is k / E by definition, and so is Zipf with exponent 0. At most k·(1/E) rounds differently.
TEST(Popularity, UniformIsKOverE) {
  for (const auto& [experts, k] : {std::pair{256, 8}, {160, 6}, {2048, 1}, {7, 7}}) {
    for (const double pi : inclusion_by_rank({}, experts, k)) EXPECT_DOUBLE_EQ(pi, static_cast<double>(k) / experts);
    EXPECT_EQ(inclusion_by_rank(zipf(0), experts, k), inclusion_by_rank({}, experts, k));
  }
}

// k places per token: the inclusion probabilities sum to k. 256 roundings of numbers below 1 stay far below 1e-12.
TEST(Popularity, InclusionSumsToK) {
  const std::vector<double> inclusion = inclusion_by_rank(zipf(0.8), 256, 8);
  EXPECT_NEAR(std::accumulate(inclusion.begin(), inclusion.end(), 0.0), 8, 1e-12);
  for (std::size_t r = 1; r < inclusion.size(); ++r) EXPECT_LT(inclusion[r], inclusion[r - 1]);
}

// 1 + 2^-α = 3/2 has the solution α = 1, but k is an integer: with 3 experts of which 2 are chosen, 2^-α + 3^-α = 1 has
// the solution 0.78788491… (bisection in exact arithmetic). k = 1 has no limit, k = E admits only equal shares.
TEST(Popularity, LargestZipfExponent) {
  EXPECT_NEAR(max_zipf_exponent(3, 2), 0.787884911, 1e-8);
  EXPECT_EQ(max_zipf_exponent(256, 1), INFINITY);
  EXPECT_NEAR(max_zipf_exponent(8, 8), 0, 1e-15);
}

// At the limit the most popular expert is certain; the returned exponent itself must be accepted.
TEST(Popularity, LimitIsAcceptedAndMoreIsRefused) {
  const double limit = max_zipf_exponent(256, 8);
  EXPECT_NEAR(inclusion_by_rank(zipf(limit), 256, 8)[0], 1, 1e-12);
  EXPECT_LE(inclusion_by_rank(zipf(limit), 256, 8)[0], 1 + 1e-15);
  EXPECT_THROW((void)inclusion_by_rank(zipf(limit + 1e-6), 256, 8), std::invalid_argument);
}

// The message names an exponent that works: rounded down, never up (the limit is 0.89929931…).
TEST(Popularity, RefusalNamesTheLimit) {
  EXPECT_THAT([] { (void)inclusion_by_rank(zipf(1.2), 256, 8); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("at most 0.8992")));
  EXPECT_NO_THROW((void)inclusion_by_rank(zipf(0.8992), 256, 8));
}

TEST(Popularity, RefusesImpossibleShapes) {
  EXPECT_THROW((void)inclusion_by_rank({}, 4, 5), std::invalid_argument);
  EXPECT_THROW((void)inclusion_by_rank({}, 4, 0), std::invalid_argument);
  EXPECT_THROW((void)inclusion_by_rank(zipf(-0.1), 4, 2), std::invalid_argument);
  EXPECT_THROW((void)inclusion_by_rank(zipf(NAN), 4, 2), std::invalid_argument);
}

}  // namespace
}  // namespace ringtail
