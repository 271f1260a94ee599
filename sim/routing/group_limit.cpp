#include "routing/group_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

// The first experts of the groups are taken; of the others, let expert e arrive at a random time of rate w_e. The first
// r = k - M of the chosen groups are taken. With f_e the chance that e is its group's first, ψ_g that the group is
// chosen, and N_e(t) the other arrivals by t,
//   π_e = ψ_g f_e + ∫_0^∞ w_e exp(-w_e t) P(g is chosen, e is not first, N_e(t) ≤ r - 1) dt.
// The probability is a coefficient of products of polynomials: one polynomial in x per group counts its arrivals.
constexpr double negligible = 1e-9;
constexpr double tolerance = 1e-7;
constexpr int max_iterations = 400;
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

/// A polynomial's coefficients of x^0 .. x^(r-1), `r` apart in a flat vector.
using Coefficients = std::vector<double>;

/// The integrals of all experts, one quadrature node at a time.
class LimitedRace {
 public:
  LimitedRace(std::span<const double> weights, int k, const GroupLimit& limit)
      : weights_(weights),
        limit_(limit),
        r_(static_cast<std::size_t>(k - limit.per_token)),
        m_(static_cast<std::size_t>(limit.per_token)),
        groups_(static_cast<std::size_t>(limit.groups)),
        size_(weights.size() / groups_),
        odds_(group_odds(weights, limit)),
        first_(weights.size()),
        absent_(weights.size()),
        none_((size_ + 1) * groups_ * r_),
        one_((size_ + 1) * groups_ * r_),
        rest_(groups_ * r_) {
    all_sets_ = symmetric_sums(odds_, m_)[m_];
    const std::vector<double> sums = group_weights(weights, limit.groups);
    for (std::size_t e = 0; e < weights.size(); ++e) first_[e] = weights[e] / sums[e / size_];
  }

  /// P(group is chosen).
  [[nodiscard]] std::vector<double> group_inclusion() const {
    std::vector<double> result;
    for (std::size_t g = 0; g < groups_; ++g) {
      std::vector<double> others = odds_;
      others.erase(others.begin() + static_cast<long>(g));
      result.push_back(odds_[g] * symmetric_sums(others, m_ - 1)[m_ - 1] / all_sets_);
    }
    return result;
  }

  [[nodiscard]] double first(std::size_t expert) const { return first_[expert]; }
  [[nodiscard]] std::size_t group(std::size_t expert) const { return expert / size_; }

  /// Adds factor · integrand at `time` to each expert's inclusion; returns P(fewer than r have arrived).
  double add(double time, double factor, std::vector<double>& inclusion) {
    for (std::size_t g = 0; g < groups_; ++g) count_group(g, time);
    const double fewer = combine_groups();
    for (std::size_t g = 0; g < groups_; ++g) add_group(g, factor, inclusion);
    return fewer;
  }

 private:
  [[nodiscard]] double* none(std::size_t group, std::size_t experts) {
    return &none_[(group * (size_ + 1) + experts) * r_];
  }
  [[nodiscard]] double* one(std::size_t group, std::size_t experts) {
    return &one_[(group * (size_ + 1) + experts) * r_];
  }

  /// Of the first n experts of a group, for n = 0 .. all: P(a of them have arrived), without a first one among them,
  /// and with one, which does not count as arrived.
  void count_group(std::size_t g, double time) {
    std::fill_n(none(g, 0), r_, 0.0);
    std::fill_n(one(g, 0), r_, 0.0);
    *none(g, 0) = 1;
    for (std::size_t i = 0; i < size_; ++i) {
      const std::size_t e = g * size_ + i;
      const double absent = absent_[e] = std::exp(-weights_[e] * time);
      const double there = 1 - absent;
      const double* const n = none(g, i);
      const double* const o = one(g, i);
      double* const next_none = none(g, i + 1);
      double* const next_one = one(g, i + 1);
      next_none[0] = n[0] * absent;
      next_one[0] = o[0] * absent + n[0] * first_[e];
      for (std::size_t a = 1; a < r_; ++a) {
        next_none[a] = n[a] * absent + n[a - 1] * there;
        next_one[a] = o[a] * absent + o[a - 1] * there + n[a] * first_[e];
      }
    }
  }

  /// sets[m · r + a] ← the sum over sets of m groups, after `group` may be a member too.
  void add_to_sets(Coefficients& sets, std::size_t group) {
    const double* const arrivals = one(group, size_);
    for (std::size_t m = m_; m > 0; --m)
      for (std::size_t b = 0; b < r_; ++b)
        for (std::size_t a = 0; a + b < r_; ++a)
          sets[m * r_ + a + b] += odds_[group] * sets[(m - 1) * r_ + b] * arrivals[a];
  }

  /// rest_[g · r + a] = P(g is chosen, at most a arrivals in the other groups); returns P(fewer than r in all).
  double combine_groups() {
    std::vector<Coefficients> before(groups_ + 1, Coefficients((m_ + 1) * r_));
    before[0][0] = 1;
    for (std::size_t g = 0; g < groups_; ++g) {
      before[g + 1] = before[g];
      add_to_sets(before[g + 1], g);
    }
    std::fill(rest_.begin(), rest_.end(), 0.0);
    Coefficients behind((m_ + 1) * r_);
    behind[0] = 1;
    for (std::size_t g = groups_; g-- > 0;) {
      double* const rest = &rest_[g * r_];
      for (std::size_t m = 0; m < m_; ++m)
        for (std::size_t b = 0; b < r_; ++b)
          for (std::size_t a = 0; a + b < r_; ++a) rest[a + b] += before[g][m * r_ + a] * behind[(m_ - 1 - m) * r_ + b];
      double sum = 0;
      for (std::size_t a = 0; a < r_; ++a) rest[a] = sum += rest[a] * odds_[g] / all_sets_;
      add_to_sets(behind, g);
    }
    const auto last = before[groups_].begin() + static_cast<long>(m_ * r_);
    return std::accumulate(last, last + static_cast<long>(r_), 0.0) / all_sets_;
  }

  /// Goes backwards through a group with the (cumulative) counts of what is behind and in other groups.
  void add_group(std::size_t g, double factor, std::vector<double>& inclusion) {
    Coefficients later_none(rest_.begin() + static_cast<long>(g * r_), rest_.begin() + static_cast<long>((g + 1) * r_));
    Coefficients later_one(r_);
    for (std::size_t i = size_; i-- > 0;) {
      const std::size_t e = g * size_ + i;
      const double* const n = none(g, i);
      const double* const o = one(g, i);
      double below = 0;
      for (std::size_t a = 0; a < r_; ++a) below += o[a] * later_none[r_ - 1 - a] + n[a] * later_one[r_ - 1 - a];
      inclusion[e] += factor * weights_[e] * absent_[e] * below;
      const double absent = absent_[e];
      for (std::size_t a = r_ - 1; a > 0; --a) {
        later_one[a] = later_one[a] * absent + later_one[a - 1] * (1 - absent) + later_none[a] * first_[e];
        later_none[a] = later_none[a] * absent + later_none[a - 1] * (1 - absent);
      }
      later_one[0] = later_one[0] * absent + later_none[0] * first_[e];
      later_none[0] *= absent;
    }
  }

  std::span<const double> weights_;
  GroupLimit limit_;
  std::size_t r_;
  std::size_t m_;
  std::size_t groups_;
  std::size_t size_;  ///< Experts of a group.
  std::vector<double> odds_;
  double all_sets_ = 0;
  std::vector<double> first_;   ///< P(expert is its group's first), given that the group is chosen.
  std::vector<double> absent_;  ///< exp(-w t)
  Coefficients none_, one_;     ///< See count_group.
  Coefficients rest_;           ///< See combine_groups.
};

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
  using Rule = boost::math::quadrature::gauss<double, 20>;
  LimitedRace race(weights, k, limit);
  const int r = k - limit.per_token;
  // Until `start`, fewer than r of all experts have arrived but for a negligible probability (a union bound).
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double start = std::exp((std::log(negligible) + std::lgamma(r + 1.0)) / r) / total;
  const std::vector<double> chosen = race.group_inclusion();
  std::vector<double> inclusion(weights.size());
  for (std::size_t e = 0; e < weights.size(); ++e)
    inclusion[e] = chosen[race.group(e)] * (race.first(e) - (1 - race.first(e)) * std::expm1(-weights[e] * start));
  const double half = std::min(4.0, 8 / std::sqrt(r)) / 2;
  double fewer = 1;
  for (double from = std::log(start); fewer > negligible; from += 2 * half) {
    for (std::size_t n = 0; n < Rule::abscissa().size(); ++n) {  // the rule lists its positive half
      for (const double side : {-half, half}) {
        const double time = std::exp(from + half + side * Rule::abscissa()[n]);
        fewer = race.add(time, half * Rule::weights()[n] * time, inclusion);  // the last one is the latest time
      }
    }
  }
  return inclusion;
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

}  // namespace

std::vector<double> group_limited_weights(std::span<const double> inclusion, const GroupLimit& limit) {
  check_most_popular(inclusion, limit);
  const int k = static_cast<int>(std::lround(std::accumulate(inclusion.begin(), inclusion.end(), 0.0)));
  std::vector<double> wanted(inclusion.begin(), inclusion.end());
  for (double& pi : wanted) pi = std::min(pi, 1 - almost_never);
  std::vector<double> weights;
  for (const double pi : wanted) weights.push_back(-std::log1p(-pi));
  double error = 1;
  for (int iteration = 0; error > tolerance; ++iteration) {
    if (iteration == max_iterations)
      throw UnreachablePopularity(
          fmt::format("a token cannot have its experts in {} of {} groups this often: the popularity is too uneven",
                      limit.per_token, limit.groups));
    const std::vector<double> reached = group_limited_inclusion(weights, k, limit);
    error = 0;
    double total = 0;
    for (std::size_t e = 0; e < weights.size(); ++e) {
      const double off = std::abs(reached[e] - wanted[e]);
      error = std::max(error, std::isnan(off) ? infinity : off);
      weights[e] *= std::log1p(-wanted[e]) / std::log1p(-std::min(reached[e], 1 - 1e-15));
      total += weights[e];
    }
    for (double& w : weights) w /= total;
  }
  return weights;
}

}  // namespace ringtail
