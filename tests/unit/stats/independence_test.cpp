#include "stats/independence.hpp"

#include <gtest/gtest.h>

#include <array>

#include "known_series.hpp"

namespace ringtail {
namespace {

using testing::autoregressive;
using testing::Draws;
using testing::successes;

constexpr int experiments = 400;

std::vector<std::vector<double>> groups_of(Draws& draws, std::size_t count, double phi, double shift) {
  std::vector<std::vector<double>> groups;
  for (std::size_t i = 0; i < count; ++i) {
    groups.push_back(autoregressive(draws, phi, 20));
    for (double& x : groups.back()) x += shift * static_cast<double>(i);
  }
  return groups;
}

int alike(std::size_t groups, double phi, double shift) {
  Draws draws(8);
  int count = 0;
  for (int i = 0; i < experiments; ++i) count += are_alike(groups_of(draws, groups, phi, shift));
  return count;
}

// 1 in 100 of independent values, by the tests' level. The statistic of one series of 20 is nearly normal.
TEST(Independence, OfIndependentValuesHardlyEverDenied) {
  for (const std::size_t groups : {1U, 5U}) {
    const auto [low, high] = successes(experiments, 0.01);
    EXPECT_GE(alike(groups, 0, 0), low) << groups;
    EXPECT_LE(alike(groups, 0, 0), high) << groups;
  }
}

// With φ = 0.9 the variance of a mean of 20 is about 11 times that of independent values, far beyond F_{0.99}(4, 95) =
// 3.5; groups a standard deviation apart have a variance of means of 2.5 against 1/20.
TEST(Independence, OfValuesThatFollowEachOtherOrOfGroupsThatDifferDenied) {
  EXPECT_GE(alike(1, 0.9, 0), 0.8 * experiments);
  EXPECT_GE(alike(5, 0.9, 0), 0.8 * experiments);
  EXPECT_EQ(alike(5, 0, 1), experiments);
}

TEST(Independence, OfConstantsAndOfTooFewValuesIsNotDenied) {
  EXPECT_FALSE(are_alike(std::array{std::vector<double>(20, 1.0), std::vector<double>(20, 1 + 1e-12)}));
  EXPECT_FALSE(are_alike(std::array{std::vector<double>{1.0}, std::vector<double>{2.0}}));
  EXPECT_FALSE(are_alike(std::array{std::vector<double>{1.0, 2.0, 3.0}}));
}

// 0, 1, 2, 3: three differences of 1 against squares of 5.
TEST(Independence, NeighbourCorrelation) {
  EXPECT_DOUBLE_EQ(neighbour_correlation(std::array{0.0, 1.0, 2.0, 3.0}), 0.7);
  EXPECT_EQ(neighbour_correlation(std::array{2.0, 2.0}), 0);
}

}  // namespace
}  // namespace ringtail
