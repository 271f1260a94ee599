#include "routing/popularity.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace ringtail {
namespace {

/// Σ_{r=1..n} r^-α, the smallest terms first to keep their digits.
double zipf_sum(int n, double alpha) {
  double sum = 0;
  for (int r = n; r >= 1; --r) sum += std::pow(r, -alpha);
  return sum;
}

}  // namespace

double max_zipf_exponent(int experts, int experts_per_token) {
  if (experts_per_token == 1) return std::numeric_limits<double>::infinity();
  double works = 0;
  double too_large = 64;  // there the sum is 1 + 2^-64 < 2 ≤ k
  for (int bit = 0; bit < 60; ++bit) {
    const double middle = (works + too_large) / 2;
    (zipf_sum(experts, middle) >= experts_per_token ? works : too_large) = middle;
  }
  return works;
}

std::vector<double> inclusion_by_rank(const Popularity& popularity, int experts, int experts_per_token) {
  if (experts_per_token < 1 || experts_per_token > experts)
    throw std::invalid_argument(fmt::format("cannot choose {} of {} experts", experts_per_token, experts));
  const double alpha = popularity.kind == Popularity::Kind::zipf ? popularity.zipf : 0.0;
  if (!(alpha >= 0)) throw std::invalid_argument(fmt::format("Zipf exponent {} is negative", alpha));
  if (const double largest = max_zipf_exponent(experts, experts_per_token); alpha > largest) {
    throw std::invalid_argument(fmt::format(
        "zipf {} would put the most popular expert into a token more than once: with {} of {} experts per token the "
        "exponent is at most {:.4f}",
        alpha, experts_per_token, experts, std::floor(largest * 1e4) / 1e4));
  }
  const double sum = zipf_sum(experts, alpha);
  std::vector<double> inclusion;
  for (int r = 1; r <= experts; ++r) inclusion.push_back(experts_per_token * (std::pow(r, -alpha) / sum));
  return inclusion;
}

}  // namespace ringtail
