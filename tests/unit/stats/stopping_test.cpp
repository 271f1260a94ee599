#include "stats/stopping.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>

namespace ringtail {
namespace {

// 9, 11, then tens: mean 10 and s² = 2/(n − 1). With t_{0.975} of a table, half-widths t·√(2/(n(n − 1))) are
// 2.447·0.2182 = 0.534 for n = 7 and 2.365·0.1890 = 0.447 for n = 8.
constexpr std::array<double, 12> sequence = {9, 11, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10};

TEST(Stopping, AtTheFirstCountThatIsPreciseEnough) {
  EXPECT_NEAR(*relative_half_width(std::span(sequence).first(8)), 2.365 * std::sqrt(2.0 / 56) / 10, 1e-5);
  EXPECT_EQ(replications_needed(sequence, 2, 0.05), 8U);
  EXPECT_EQ(replications_needed(sequence, 10, 0.05), 10U);
  EXPECT_FALSE(replications_needed(std::span(sequence).first(7), 2, 0.05));
}

// Three that are equal by chance stop it at three, whatever comes after: why there is a minimum.
TEST(Stopping, EqualReplicationsArePreciseAtOnce) {
  EXPECT_EQ(replications_needed(std::array{5.0, 5.0, 5.0, 9.0}, 2, 1e-9), 2U);
  EXPECT_EQ(replications_needed(std::array{5.0, 5.0, 5.0, 9.0}, 3, 1e-9), 3U);
}

TEST(Stopping, NeedsTwoReplications) {
  EXPECT_FALSE(relative_half_width(std::array{5.0}));
  EXPECT_THROW((void)replications_needed(sequence, 1, 0.05), std::invalid_argument);
}

}  // namespace
}  // namespace ringtail
