#include "routing/group_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "routing/anderson_mixing.hpp"
#include "routing/limited_race.hpp"

namespace ringtail {
namespace {

// With f_e the chance that e is its group's first and ψ_g that the group is chosen, an expert is taken with probability
//   π_e = ψ_g f_e + the integral of LimitedRace.
constexpr double negligible = 1e-9;
constexpr double tolerance = 1e-7;
constexpr int max_iterations = 400;
/// While weights are this far off, half the nodes are enough: with ten an inclusion is off by less than 1e-4.
constexpr double roughly = 1e-3;
/// An expert that every token has is one that all tokens have but for this part: its weight is finite then.
constexpr double almost_never = 1e-9;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// e_m of `odds`: the sum over all sets of m of the product of their odds, for m = 0 .. most.
std::vector<double> symmetric_sums(std::span<const double> odds, std::size_t most) {
  std::vector<double> sums(most + 1);
  sums[0] = 1;
  for (const double odd : odds)
    for (std::size_t m = most; m > 0; --m) sums[m] += odd * sums[m - 1];
  return sums;
}

std::vector<double> group_weights(std::span<const double> weights, int groups) {
  const std::size_t size = weights.size() / static_cast<std::size_t>(groups);
  std::vector<double> sums;
  for (std::size_t first = 0; first < weights.size(); first += size)
    sums.push_back(std::accumulate(weights.begin() + static_cast<long>(first),
                                   weights.begin() + static_cast<long>(first + size), 0.0));
  return sums;
}

/// exp(W_j τ) - 1, in units of the M-th largest: only ratios matter.
std::vector<double> group_odds(std::span<const double> weights, const GroupLimit& limit) {
  const std::vector<double> sums = group_weights(weights, limit.groups);
  const auto met = [&](double time) {
    double expected = 0;
    for (const double sum : sums) expected -= std::expm1(-sum * time);
    return expected;
  };
  double low = 0;
  double high = 1 / *std::max_element(sums.begin(), sums.end());
  while (met(high) < limit.per_token) high *= 2;
  for (int bit = 0; bit < 60; ++bit) {
    const double middle = (low + high) / 2;
    (met(middle) < limit.per_token ? low : high) = middle;
  }
  std::vector<double> odds;
  for (const double sum : sums) odds.push_back(std::expm1(std::min(sum * high, 500.0)));
  std::vector<double> sorted = odds;
  std::sort(sorted.begin(), sorted.end());
  const double scale = sorted[sorted.size() - static_cast<std::size_t>(limit.per_token)];
  for (double& odd : odds) odd /= scale;
  return odds;
}

/// P(group is chosen).
std::vector<double> group_inclusion(std::span<const double> odds, const GroupLimit& limit) {
  const auto m = static_cast<std::size_t>(limit.per_token);
  const double all_sets = symmetric_sums(odds, m)[m];
  std::vector<double> result;
  for (std::size_t g = 0; g < odds.size(); ++g) {
    std::vector<double> others(odds.begin(), odds.end());
    others.erase(others.begin() + static_cast<long>(g));
    result.push_back(odds[g] * symmetric_sums(others, m - 1)[m - 1] / all_sets);
  }
  return result;
}

/// With so many nodes on each interval of the logarithm of time.
template <unsigned nodes>
std::vector<double> inclusion_with(std::span<const double> weights, int k, const GroupLimit& limit) {
  using Rule = boost::math::quadrature::gauss<double, nodes>;
  const std::size_t size = weights.size() / static_cast<std::size_t>(limit.groups);
  const std::vector<double> odds = group_odds(weights, limit);
  const std::vector<double> sums = group_weights(weights, limit.groups);
  std::vector<double> first;
  for (std::size_t e = 0; e < weights.size(); ++e) first.push_back(weights[e] / sums[e / size]);
  const int r = k - limit.per_token;
  LimitedRace race(weights, first, odds, r, limit);
  // Until `start`, fewer than r of all experts have arrived but for a negligible probability (a union bound).
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double start = std::exp((std::log(negligible) + boost::math::lgamma(r + 1.0)) / r) / total;
  const double half = std::min(4.0, 8 / std::sqrt(r)) / 2;
  double fewer = 1;
  for (double from = std::log(start); fewer > negligible; from += 2 * half) {
    for (std::size_t n = 0; n < Rule::abscissa().size(); ++n) {  // the rule lists its positive half
      for (const double side : {-half, half}) {
        const double time = std::exp(from + half + side * Rule::abscissa()[n]);
        fewer = race.add(time, half * Rule::weights()[n] * time);  // the last one is the latest time
      }
    }
  }
  const std::vector<double> chosen = group_inclusion(odds, limit);
  std::vector<double> inclusion;
  for (std::size_t e = 0; e < weights.size(); ++e)
    inclusion.push_back(chosen[e / size] * (first[e] - (1 - first[e]) * std::expm1(-weights[e] * start)) +
                        race.integral(e));
  return inclusion;
}

}  // namespace

std::vector<std::vector<std::uint16_t>> group_sets(const GroupLimit& limit) {
  std::vector<std::uint16_t> set(static_cast<std::size_t>(limit.per_token));
  std::iota(set.begin(), set.end(), std::uint16_t{0});
  std::vector<std::vector<std::uint16_t>> sets;
  while (true) {
    sets.push_back(set);
    int last = limit.per_token - 1;  // the last group that can still move
    while (last >= 0 && set[static_cast<std::size_t>(last)] == limit.groups - limit.per_token + last) --last;
    if (last < 0) return sets;
    std::iota(set.begin() + last, set.end(), static_cast<std::uint16_t>(set[static_cast<std::size_t>(last)] + 1));
  }
}

std::vector<double> group_set_probabilities(std::span<const double> weights, const GroupLimit& limit) {
  const std::vector<double> odds = group_odds(weights, limit);
  const auto m = static_cast<std::size_t>(limit.per_token);
  const double all = symmetric_sums(odds, m)[m];
  std::vector<double> probabilities;
  for (const auto& set : group_sets(limit)) {
    double product = 1 / all;
    for (const std::uint16_t group : set) product *= odds[group];
    probabilities.push_back(product);
  }
  return probabilities;
}

std::vector<double> group_limited_inclusion(std::span<const double> weights, int k, const GroupLimit& limit) {
  return inclusion_with<14>(weights, k, limit);
}

namespace {

void check_most_popular(std::span<const double> inclusion, const GroupLimit& limit) {
  const auto size = static_cast<long>(inclusion.size()) / limit.groups;
  double needed = 0;
  for (auto group = inclusion.begin(); group != inclusion.end(); group += size)
    needed += *std::max_element(group, group + size);
  if (needed > limit.per_token)
    throw UnreachablePopularity(
        fmt::format("the most popular experts of {} groups take {:.3f} groups of a token, which has only {}: the "
                    "popularity is too uneven",
                    limit.groups, needed, limit.per_token));
}

/// Infinite if any is not a number.
double largest_error(std::span<const double> reached, std::span<const double> wanted) {
  double error = 0;
  for (std::size_t e = 0; e < wanted.size(); ++e) {
    const double off = std::abs(reached[e] - wanted[e]);
    error = std::max(error, std::isnan(off) ? infinity : off);
  }
  return error;
}

/// Each weight as if experts were independent, w · log(1 - wanted) / log(1 - reached), mixed in logarithms.
std::vector<double> corrected(std::span<const double> weights, std::span<const double> reached,
                              std::span<const double> wanted, AndersonMixing& mixing) {
  std::vector<double> logs;
  std::vector<double> steps;
  for (std::size_t e = 0; e < weights.size(); ++e) {
    steps.push_back(std::log(std::log1p(-wanted[e]) / std::log1p(-std::clamp(reached[e], 1e-300, 1 - 1e-15))));
    logs.push_back(std::log(weights[e]) + steps.back());
  }
  std::vector<double> result = mixing.next(logs, steps);
  const double highest = *std::max_element(result.begin(), result.end());
  double total = 0;
  for (double& w : result) total += w = std::exp(w - highest);
  for (double& w : result) w /= total;
  return result;
}

}  // namespace

std::vector<double> group_limited_weights(std::span<const double> inclusion, const GroupLimit& limit) {
  check_most_popular(inclusion, limit);
  const int k = static_cast<int>(std::lround(std::accumulate(inclusion.begin(), inclusion.end(), 0.0)));
  std::vector<double> wanted(inclusion.begin(), inclusion.end());
  for (double& pi : wanted) pi = std::min(pi, 1 - almost_never);
  std::vector<double> weights;
  for (const double pi : wanted) weights.push_back(-std::log1p(-pi));
  AndersonMixing mixing(3);
  double error = 1;
  for (int iteration = 0; error > tolerance; ++iteration) {
    if (iteration == max_iterations)
      throw UnreachablePopularity(
          fmt::format("a token cannot have its experts in {} of {} groups this often: the popularity is too uneven",
                      limit.per_token, limit.groups));
    const std::vector<double> reached =
        error > roughly ? inclusion_with<10>(weights, k, limit) : inclusion_with<14>(weights, k, limit);
    error = largest_error(reached, wanted);
    if (error > tolerance) weights = corrected(weights, reached, wanted, mixing);
  }
  return weights;
}

}  // namespace ringtail
