#include "routing/anderson_mixing.hpp"

#include <numeric>

namespace ringtail {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::vector<double> difference(std::span<const double> a, std::span<const double> b) {
  std::vector<double> result(a.begin(), a.end());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] -= b[i];
  return result;
}

/// Orthogonalises the changes one after the other (modified Gram-Schmidt) and takes their parts out of g and of what is
/// left of the step. Changes that add nothing to the ones before are left out.
void project(std::vector<std::vector<double>> of_step, std::vector<std::vector<double>> of_g, std::vector<double> step,
             std::vector<double>& g) {
  constexpr double nothing = 1e-20;
  for (std::size_t k = of_step.size(); k-- > 0;) {
    const double norm = dot(of_step[k], of_step[k]);
    if (!(norm > nothing * dot(step, step))) continue;
    const auto take_out = [&](std::vector<double>& step_part, std::vector<double>& g_part) {
      const double part = dot(of_step[k], step_part) / norm;
      for (std::size_t i = 0; i < step_part.size(); ++i) step_part[i] -= part * of_step[k][i];
      for (std::size_t i = 0; i < g_part.size(); ++i) g_part[i] -= part * of_g[k][i];
    };
    take_out(step, g);
    for (std::size_t other = 0; other < k; ++other) take_out(of_step[other], of_g[other]);
  }
}

}  // namespace

std::vector<double> AndersonMixing::next(std::span<const double> g, std::span<const double> step) {
  if (!last_g_.empty()) {
    g_changes_.push_back(difference(g, last_g_));
    step_changes_.push_back(difference(step, last_step_));
  }
  if (g_changes_.size() > depth_) {
    g_changes_.erase(g_changes_.begin());
    step_changes_.erase(step_changes_.begin());
  }
  last_g_.assign(g.begin(), g.end());
  last_step_.assign(step.begin(), step.end());
  std::vector<double> next(g.begin(), g.end());
  project(step_changes_, g_changes_, last_step_, next);
  return next;
}

}  // namespace ringtail
