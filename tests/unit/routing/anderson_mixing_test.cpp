#include "routing/anderson_mixing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace ringtail {
namespace {

/// x <- M x + b with a symmetric M whose eigenvalues are 0.9, 0.5 and -0.3: rotated by hand from the diagonal. The
/// fixed point is where x = M x + b, so b = x - M x for the wanted x.
std::vector<double> image(const std::vector<double>& x) {
  constexpr double m[3][3] = {{0.7, 0.2, 0}, {0.2, 0.7, 0}, {0, 0, -0.3}};  // (1, 1, 0): 0.9, (1, -1, 0): 0.5
  constexpr double fixed[3] = {1, -2, 3};
  std::vector<double> g(3);
  for (int i = 0; i < 3; ++i) {
    g[static_cast<std::size_t>(i)] = fixed[i];
    for (int j = 0; j < 3; ++j) g[static_cast<std::size_t>(i)] += m[i][j] * (x[static_cast<std::size_t>(j)] - fixed[j]);
  }
  return g;
}

double error_after(int calls, std::size_t depth) {
  AndersonMixing mixing(depth);
  std::vector<double> x(3);
  for (int call = 0; call < calls; ++call) {
    const std::vector<double> g = image(x);
    std::vector<double> step(3);
    for (std::size_t i = 0; i < 3; ++i) step[i] = g[i] - x[i];
    x = mixing.next(g, step);
  }
  return std::max({std::abs(x[0] - 1), std::abs(x[1] + 2), std::abs(x[2] - 3)});
}

TEST(AndersonMixing, SolvesALinearProblemInAsManyStepsAsItHasDimensions) {
  // Without restarts it is GMRES in disguise (Walker and Ni, theorem 2.2), which ends after as many steps as there are
  // dimensions, and the next x is then the solution.
  EXPECT_LT(error_after(4, 3), 1e-12);
  EXPECT_LT(error_after(10, 3), 1e-12);  // Nothing is left to mix.
}

TEST(AndersonMixing, WithoutDepthItIsPlainIteration) {
  // Errors shrink by 0.9 in the slowest direction: (1, 1, 0) has -0.5 of the first error.
  EXPECT_NEAR(error_after(30, 0), 0.5 * std::pow(0.9, 30), 1e-6);
}

}  // namespace
}  // namespace ringtail
