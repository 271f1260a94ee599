#include "qs/break_even.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ringtail {
namespace {

using ::testing::ElementsAre;

/// The dense model is ahead below `root`, the MoE above.
auto dense_below(double root) {
  return [root](double at) { return at < root ? Winner::dense : Winner::moe; };
}

// The last interval of a grid is between sqrt(factor) and factor^1.5 wide.
TEST(GeometricGrid, EndsWhereItShould) {
  EXPECT_THAT(geometric_grid(1, 8, 2), ElementsAre(1, 2, 4, 8));
  EXPECT_THAT(geometric_grid(1, 9, 2), ElementsAre(1, 2, 4, 9));
  EXPECT_THAT(geometric_grid(1, 12, 2), ElementsAre(1, 2, 4, 8, 12));
  EXPECT_THAT(geometric_grid(7, 7, 2), ElementsAre(7));
  EXPECT_THAT(geometric_grid(7, 3, 2), ElementsAre(7));
}

// sqrt(20) lies in (4, 8); each halving of a logarithmic interval of ln 2 takes the square root of its ratio, so that
// ratio 2^(1/2^k) <= 1.01^2 takes k = 6 of them.
TEST(BreakEven, FindsAKnownRoot) {
  const double root = std::sqrt(20);
  int asked = 0;
  const auto winner = [&](double at) {
    ++asked;
    return dense_below(root)(at);
  };
  const BreakEven found = find_break_even(winner, geometric_grid(1, 64, 2), 0.01, false);
  ASSERT_TRUE(found.bracket);
  EXPECT_NEAR(found.bracket->middle(), root, 0.01 * root);
  EXPECT_LE(found.bracket->accuracy(), 0.01);
  EXPECT_LT(found.bracket->low.at, root);
  EXPECT_GT(found.bracket->high.at, root);
  EXPECT_EQ(found.bracket->low.winner, Winner::dense);
  EXPECT_EQ(found.changes, 1);
  EXPECT_EQ(asked, 7 + 6);
  EXPECT_EQ(found.trials.size(), 13u);
}

// Between 5 and 6 there is no whole number to try.
TEST(BreakEven, WholeNumbersEndAtNeighbours) {
  const BreakEven found = find_break_even(dense_below(5.4), geometric_grid(1, 64, 4), 1e-6, true);
  ASSERT_TRUE(found.bracket);
  EXPECT_EQ(found.bracket->low.at, 5);
  EXPECT_EQ(found.bracket->high.at, 6);
  EXPECT_FALSE(found.is_noise_bound);
}

TEST(BreakEven, SaysWhenThereIsNone) {
  const BreakEven found = find_break_even(dense_below(1000), geometric_grid(1, 64, 4), 0.01, true);
  EXPECT_FALSE(found.bracket);
  EXPECT_EQ(found.changes, 0);
  EXPECT_THAT(found.trials, ::testing::SizeIs(4));
  EXPECT_FALSE(find_break_even([](double) { return Winner::none; }, {1, 2}, 0.01, false).bracket);
  EXPECT_FALSE(find_break_even([](double) { return Winner::even; }, {1, 2}, 0.01, false).bracket);
}

// Dense below 3 and above 20: two changes, of which the first is searched.
TEST(BreakEven, CountsChanges) {
  const auto winner = [](double at) { return at < 3 || at > 20 ? Winner::dense : Winner::moe; };
  const BreakEven found = find_break_even(winner, geometric_grid(1, 64, 2), 0.001, false);
  EXPECT_EQ(found.changes, 2);
  EXPECT_NEAR(found.bracket->middle(), 3, 0.003);
}

// From 9 to 11 nobody can tell: the interval of the ratio contains 1. The bracket keeps ends that can be told apart.
TEST(BreakEven, StopsWhereNobodyCanTell) {
  const auto winner = [](double at) { return at > 9 && at < 11 ? Winner::even : dense_below(10)(at); };
  const BreakEven found = find_break_even(winner, {1, 100}, 0.0001, false);
  EXPECT_TRUE(found.is_noise_bound);
  EXPECT_EQ(found.bracket->low.at, 1);
  EXPECT_EQ(found.bracket->high.at, 100);
  EXPECT_NEAR(found.bracket->middle(), 10, 1e-12);
}

// A grid point without a winner, or an even one, lies inside the bracket.
TEST(BreakEven, PassesOverPlacesWithoutWinner) {
  const auto winner = [](double at) { return at == 4 ? Winner::none : at == 8 ? Winner::even : dense_below(10)(at); };
  const BreakEven found = find_break_even(winner, {1, 2, 4, 8, 16}, 2, false);  // 16 / 2 is accurate enough
  EXPECT_EQ(found.changes, 1);
  EXPECT_EQ(found.bracket->low.at, 2);
  EXPECT_EQ(found.bracket->high.at, 16);
}

}  // namespace
}  // namespace ringtail
