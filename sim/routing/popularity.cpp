#include "routing/popularity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <utility>

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
  static std::map<std::pair<int, int>, double> known;  // A search asks for thousands of deployments of one model.
  if (const auto at = known.find({experts, experts_per_token}); at != known.end()) return at->second;
  double works = 0;
  double too_large = 64;  // there the sum is 1 + 2^-64 < 2 ≤ k
  for (int bit = 0; bit < 60; ++bit) {
    const double middle = (works + too_large) / 2;
    (zipf_sum(experts, middle) >= experts_per_token ? works : too_large) = middle;
  }
  known[{experts, experts_per_token}] = works;
  return works;
}

std::vector<double> inclusion_by_rank(const Popularity& popularity, int experts, int experts_per_token) {
  if (experts_per_token < 1 || experts_per_token > experts)
    throw std::invalid_argument(fmt::format("cannot choose {} of {} experts", experts_per_token, experts));
  using Kind = Popularity::Kind;
  if (popularity.kind != Kind::uniform && popularity.kind != Kind::balanced && popularity.kind != Kind::zipf)
    throw std::invalid_argument("this popularity has no inclusion probabilities by rank");
  const double alpha = popularity.kind == Kind::zipf ? popularity.zipf : 0.0;
  if (!(alpha >= 0)) throw std::invalid_argument(fmt::format("Zipf exponent {} is negative", alpha));
  if (const double largest = max_zipf_exponent(experts, experts_per_token); alpha > largest) {
    throw std::invalid_argument(fmt::format(
        "zipf {} would put the most popular expert into a token more than once: with {} of {} experts per token the "
        "exponent is at most {:.4f}",
        alpha, experts_per_token, experts, std::floor(largest * 1e4) / 1e4));
  }
  const double sum = zipf_sum(experts, alpha);
  std::vector<double> inclusion = zipf_shares(experts, alpha);
  for (double& pi : inclusion) pi = experts_per_token * (pi / sum);
  return inclusion;
}

std::vector<double> zipf_shares(int experts, double alpha) {
  std::vector<double> shares;
  for (int r = 1; r <= experts; ++r) shares.push_back(std::pow(r, -alpha));
  return shares;
}

std::vector<double> inclusion_of(std::span<const double> shares, int experts_per_token) {
  const auto positive = std::count_if(shares.begin(), shares.end(), [](double c) { return c > 0; });
  if (experts_per_token < 1 || positive < experts_per_token ||
      std::any_of(shares.begin(), shares.end(), [](double c) { return !(c >= 0); }))
    throw std::invalid_argument(
        fmt::format("cannot choose {} experts of {} that are ever chosen", experts_per_token, positive));
  std::vector<double> sorted(shares.begin(), shares.end());
  std::sort(sorted.begin(), sorted.end());  // the smallest terms first, to keep their digits
  double rest = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  int certain = 0;  // the most popular ones are, while λ = (k - certain) / rest would lift them above 1
  while (certain < experts_per_token && sorted.back() * (experts_per_token - certain) > rest) {
    rest -= sorted.back();
    sorted.pop_back();
    ++certain;
  }
  const double lambda = certain < experts_per_token ? (experts_per_token - certain) / rest : 0;
  std::vector<double> inclusion;
  const double least_certain = sorted.empty() ? 0 : sorted.back();
  for (const double c : shares) inclusion.push_back(certain > 0 && c > least_certain ? 1.0 : lambda * c);
  return inclusion;
}

std::vector<double> drawn_shares(const Popularity& popularity, int experts, const RandomStream& stream, int layer) {
  std::vector<double> shares;
  for (int e = 0; e < experts; ++e) {
    const double u = open_unit(stream.block({static_cast<std::uint32_t>(layer), 0, static_cast<std::uint32_t>(e), 0}));
    shares.push_back(popularity.kind == Popularity::Kind::lognormal
                         ? std::exp(-popularity.lognormal * std::numbers::sqrt2 * boost::math::erfc_inv(2 * u))
                         : boost::math::gamma_p_inv(popularity.dirichlet, u));
  }
  std::sort(shares.begin(), shares.end(), std::greater<>());
  return shares;
}

}  // namespace ringtail
