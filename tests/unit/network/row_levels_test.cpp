#include "network/row_levels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "network/linear_system.hpp"

namespace ringtail {
namespace {

using Rows = std::map<RowLevels::Id, std::vector<LinkNeed>>;

/// The definition of bottleneck max fairness, from the rates alone: no link is overloaded, and each row uses a full
/// link of which no row uses more. The levels' identity is checked beside it.
void expect_fair(const RowLevels& levels, const Rows& rows, std::size_t links, double tolerance) {
  std::vector<double> use(links);
  std::vector<double> most(links);
  for (const auto& [row, needs] : rows) {
    for (const auto& [link, time] : needs) {
      use[link] += levels.rate(row) * time;
      most[link] = std::max(most[link], levels.rate(row) * time);
    }
  }
  for (std::uint32_t link = 0; link < links; ++link) {
    EXPECT_LE(use[link], 1 + tolerance);
    EXPECT_GE(use[link], std::isfinite(levels.level(link)) ? 1 - tolerance : 0);
  }
  for (const auto& [row, needs] : rows) {
    const double rate = levels.rate(row);
    EXPECT_TRUE(std::any_of(needs.begin(), needs.end(), [&](const LinkNeed& need) {
      return use[need.link] >= 1 - tolerance && rate * need.time >= most[need.link] * (1 - tolerance);
    }));
  }
}

enum class Shape { sparse, dense, alike };

std::vector<LinkNeed> random_row(Shape shape, std::size_t links, std::mt19937_64& random) {
  std::normal_distribution<double> normal(0.0, shape == Shape::alike ? 0.1 : 1.0);
  std::bernoulli_distribution present(shape == Shape::sparse ? 0.15 : 1.0);
  std::vector<LinkNeed> needs;
  for (std::uint32_t link = 0; link < links; ++link)
    if (present(random)) needs.push_back({link, std::exp(normal(random))});
  if (needs.empty()) needs.push_back({0, 1.0});
  return needs;
}

class RandomRows : public ::testing::TestWithParam<std::tuple<Shape, std::size_t>> {};

// After each of 300 random starts and ends, for rows with few links, with all links, and with all links almost alike,
// where levels hang most on one another.
TEST_P(RandomRows, AreFairAfterEverySolve) {
  const auto [shape, links] = GetParam();
  std::mt19937_64 random(links);
  RowLevels levels(links);
  Rows rows;
  for (int change = 0; change < 300; ++change) {
    const bool ends = rows.size() > 2 * links || (!rows.empty() && random() % 5 < 2);
    if (ends) {
      const auto at = std::next(rows.begin(), static_cast<std::ptrdiff_t>(random() % rows.size()));
      levels.remove(at->first);
      rows.erase(at);
    } else {
      const std::vector<LinkNeed> needs = random_row(shape, links, random);
      rows[levels.add(needs)] = needs;
    }
    ASSERT_TRUE(levels.solve(0));
    expect_fair(levels, rows, links, 1e-11);
  }
}

INSTANTIATE_TEST_SUITE_P(Generated, RandomRows,
                         ::testing::Combine(::testing::Values(Shape::sparse, Shape::dense, Shape::alike),
                                            ::testing::Values(2U, 5U, 12U, 30U)));

// Full within the tolerance, and no row is without a link that is.
TEST(RowLevels, AToleranceIsKept) {
  std::mt19937_64 random(1);
  RowLevels levels(20);
  for (int row = 0; row < 40; ++row) levels.add(random_row(Shape::alike, 20, random));
  ASSERT_TRUE(levels.solve(1e-3));
  for (std::uint32_t link = 0; link < 20; ++link) {
    EXPECT_LE(levels.use(link), 1 + 1e-3);
    EXPECT_GE(levels.use(link), std::isfinite(levels.level(link)) ? 1 - 1e-3 : 0);
  }
}

// Bottleneck max fairness is not always unique (docs/decisions/0008-coupled-sharing.md): here x = (1, 1, 1) is fair
// with all three links full; so is the first link alone full, 1 = 0.9 x2 = 0.9 x3 parts of it each; and the other two
// full. The first row alone, then the others: whatever comes out must be fair.
TEST(RowLevels, FindsOneOfSeveralFairAllocations) {
  const double a = 2.8;
  const double b = 1.9;
  const std::vector<std::vector<LinkNeed>> needs{
      {{0, 1 / a}, {1, 0.9 / b}, {2, 0.9 / b}}, {{0, 0.9 / a}, {1, 1 / b}}, {{0, 0.9 / a}, {2, 1 / b}}};
  const double third = a / 3;
  const std::vector<std::vector<double>> fair{
      {1, 1, 1}, {third, third / 0.9, third / 0.9}, {b / 2 / 0.9, b / 2, b / 2}};
  for (const std::vector<std::size_t>& order : {std::vector<std::size_t>{0, 1, 2}, {1, 2, 0}, {2, 0, 1}}) {
    RowLevels levels(3);
    Rows rows;
    std::vector<RowLevels::Id> ids(3);
    for (const std::size_t row : order) {
      rows[ids[row] = levels.add(needs[row])] = needs[row];
      ASSERT_TRUE(levels.solve(0));
    }
    expect_fair(levels, rows, 3, 1e-11);
    EXPECT_TRUE(std::any_of(fair.begin(), fair.end(), [&](const std::vector<double>& x) {
      return std::abs(levels.rate(ids[0]) - x[0]) < 1e-9 && std::abs(levels.rate(ids[1]) - x[1]) < 1e-9 &&
             std::abs(levels.rate(ids[2]) - x[2]) < 1e-9;
    }));
  }
}

// Rows of one link each are a link shared evenly, in bytes.
TEST(RowLevels, RowsOfOneLinkShareItEvenly) {
  RowLevels levels(1);
  const std::vector<LinkNeed> small{{0, 1.0}};
  const std::vector<LinkNeed> large{{0, 4.0}};
  const auto a = levels.add(small);
  const auto b = levels.add(large);
  ASSERT_TRUE(levels.solve(0));
  EXPECT_DOUBLE_EQ(levels.rate(a), 0.5);
  EXPECT_DOUBLE_EQ(levels.rate(b), 0.125);
  levels.remove(a);
  ASSERT_TRUE(levels.solve(0));
  EXPECT_DOUBLE_EQ(levels.rate(b), 0.25);
}

// 4y = 8 and x + 2y = 5: the first has no x, so the rows must change places. Then two equations that say the same.
TEST(LinearSystem, SolvesOrSaysThatItCannot) {
  std::vector<double> matrix{0, 4, 1, 2};
  std::vector<double> right{8, 5};
  ASSERT_TRUE(solve_linear(matrix, right));
  EXPECT_DOUBLE_EQ(right[0], 1);
  EXPECT_DOUBLE_EQ(right[1], 2);
  matrix = {1, 2, 2, 4};
  right = {1, 2};
  EXPECT_FALSE(solve_linear(matrix, right));
}

}  // namespace
}  // namespace ringtail
