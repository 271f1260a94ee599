#include "closed_form/distinct_experts.hpp"

#include <cmath>
#include <limits>

namespace ringtail::closed_form {

double expected_distinct_experts(int experts, int experts_per_token, double batch) {
  const double missed = std::log1p(-static_cast<double>(experts_per_token) / experts);  // -inf if all are visited
  return -experts * std::expm1(batch * missed);
}

double crossover_batch(double q, double sparsity) {
  if (q * sparsity >= 1) return std::numeric_limits<double>::infinity();
  return std::log1p(-q * sparsity) / std::log1p(-sparsity);
}

}  // namespace ringtail::closed_form
