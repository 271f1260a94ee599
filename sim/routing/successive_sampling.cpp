#include "routing/successive_sampling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

// Let item e arrive at a random time of rate w_e: the first k arrivals are a successive sample with weights w. With
// N_e(t) the number of *other* items there by time t, a sum of independent Bernoulli(1 - exp(-w_j t)),
//   P(e is taken) = ∫_0^∞ w_e exp(-w_e t) P(N_e(t) ≤ k - 1) dt.
// Until `start` surely fewer than k are there, so that part is 1 - exp(-w_e start); at `end` surely more than k are.
// Between them the integrand is smooth in log t and Gauss–Legendre panels are exact to about 1e-12.
constexpr double tolerance = 1e-10;  ///< Largest error of a calibrated inclusion probability.
constexpr int max_iterations = 500;

/// P(fewer than count.size() of the items are there by `time`), by adding one item after the other; count[a] becomes
/// P(exactly a are there).
double probability_fewer(std::span<const double> weights, double time, std::span<double> count) {
  std::fill(count.begin(), count.end(), 0.0);
  count[0] = 1;
  for (const double w : weights) {
    const double absent = std::exp(-w * time);
    for (std::size_t a = count.size() - 1; a > 0; --a) count[a] = count[a] * absent + count[a - 1] * (1 - absent);
    count[0] *= absent;
  }
  return std::accumulate(count.begin(), count.end(), 0.0);
}

/// P(N(t) ≥ k) ≤ λ^k / k! (union bound over sets of k items) with λ ≤ t · Σw the expected arrivals.
double race_start(std::span<const double> weights, int k, double negligible) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  return std::exp((std::log(negligible) + std::lgamma(k + 1.0)) / k) / total;
}

/// The time at which at most k items are there with negligible probability, by bisection of log t to 1 %.
double race_end(std::span<const double> weights, int k, double negligible) {
  const double slowest = *std::min_element(weights.begin(), weights.end());
  std::vector<double> count(static_cast<std::size_t>(k) + 1);
  double low = race_start(weights, k, negligible);
  double high = -std::log(negligible / static_cast<double>(weights.size())) / slowest;  // all there, but for negligible
  while (high > 1.01 * low) {
    const double middle = std::sqrt(low * high);
    (probability_fewer(weights, middle, count) < negligible ? high : low) = middle;
  }
  return high;
}

struct RaceResult {
  std::vector<double> inclusion;  ///< P(item is among the first k).
  double duration = 0;            ///< Expected time of the k-th arrival, ∫_0^∞ P(N(t) ≤ k - 1) dt.
};

/// What the integrals of all items have in common, for one quadrature node at a time.
class RaceIntegrand {
 public:
  RaceIntegrand(std::span<const double> weights, int k)
      : weights_(weights),
        k_(static_cast<std::size_t>(k)),
        absent_(weights.size()),
        earlier_((weights.size() + 1) * k_),
        at_most_later_(k_) {}

  /// Adds factor · integrand at `time`. For item e that is w_e exp(-w_e t) P(N_e(t) ≤ k - 1), where N_e is the number
  /// of items before e in the list plus the number behind it: O(items · k) for all, only sums of positive terms, and no
  /// division that would lose digits.
  void add(double time, double factor, RaceResult& result) {
    count_earlier(time);
    std::fill(at_most_later_.begin(), at_most_later_.end(), 1.0);  // behind the last item there are none
    for (std::size_t e = weights_.size(); e-- > 0;) {
      double below_k = 0;
      for (std::size_t a = 0; a < k_; ++a) below_k += earlier_[e * k_ + a] * at_most_later_[k_ - 1 - a];
      result.inclusion[e] += factor * weights_[e] * absent_[e] * below_k;
      add_item(at_most_later_.data(), at_most_later_.data(), absent_[e]);
    }
    result.duration += factor * at_most_later_[k_ - 1];  // all items are behind now
  }

 private:
  /// earlier_[e · k + a] = P(exactly a of the items 0 .. e-1 are there), a < k.
  void count_earlier(double time) {
    std::fill_n(earlier_.begin(), k_, 0.0);
    earlier_[0] = 1;
    for (std::size_t e = 0; e < weights_.size(); ++e) {
      absent_[e] = std::exp(-weights_[e] * time);
      add_item(&earlier_[e * k_], &earlier_[(e + 1) * k_], absent_[e]);
    }
  }

  /// One more item changes a (cumulative) distribution of arrivals: f(a) ← f(a)·P(absent) + f(a-1)·P(there).
  void add_item(const double* from, double* to, double absent) const {
    for (std::size_t a = k_ - 1; a > 0; --a) to[a] = from[a] * absent + from[a - 1] * (1 - absent);
    to[0] = from[0] * absent;
  }

  std::span<const double> weights_;
  std::size_t k_;
  std::vector<double> absent_;         ///< exp(-w_e t)
  std::vector<double> earlier_;        ///< See count_earlier.
  std::vector<double> at_most_later_;  ///< [a] = P(at most a of the items behind the current one are there).
};

RaceResult run_race(std::span<const double> weights, int k, double negligible = negligible_probability) {
  using Rule = boost::math::quadrature::gauss<double, 20>;
  const double start = race_start(weights, k, negligible);
  const double from = std::log(start);
  const double to = std::log(race_end(weights, k, negligible));
  // Arrivals pass k within a few times 1/√k of log t, so panels shrink with it.
  const double panels = std::ceil((to - from) / std::min(4.0, 8 / std::sqrt(k)));
  const double half = (to - from) / panels / 2;

  RaceResult result{.inclusion = std::vector<double>(weights.size()), .duration = start};
  for (std::size_t e = 0; e < weights.size(); ++e) result.inclusion[e] = -std::expm1(-weights[e] * start);
  RaceIntegrand integrand(weights, k);
  for (int p = 0; p < static_cast<int>(panels); ++p) {
    const double middle = from + (2 * p + 1) * half;
    for (std::size_t n = 0; n < Rule::abscissa().size(); ++n) {  // the rule lists its positive half
      for (const double side : {-half, half}) {
        const double time = std::exp(middle + side * Rule::abscissa()[n]);
        integrand.add(time, half * Rule::weights()[n] * time, result);  // dt = t d(log t)
      }
    }
  }
  return result;
}

}  // namespace

std::vector<double> successive_inclusion(std::span<const double> weights, int k, double negligible) {
  return run_race(weights, k, negligible).inclusion;
}

bool needs_more_candidates(std::span<const double> weights, int k, double limit) {
  // With j items taken the rest weighs at least the total without the j heaviest ones: a bound that is often enough.
  std::vector<double> heaviest(static_cast<std::size_t>(k));
  std::partial_sort_copy(weights.begin(), weights.end(), heaviest.begin(), heaviest.end(), std::greater<>());
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double rest = total;
  double bound = 0;
  for (const double w : heaviest) {
    bound += rest > 0 ? total / rest : limit + 1;
    rest -= w;
  }
  return bound > limit && expected_candidates(weights, k) > limit;
}

double expected_candidates(std::span<const double> weights, int k) {
  // Candidates with replacement are the points of a Poisson process of rate Σw, and the race ends at a stopping time:
  // their expected number is Σw times its expected duration (Wald).
  return std::accumulate(weights.begin(), weights.end(), 0.0) * run_race(weights, k).duration;
}

std::vector<double> successive_weights(std::span<const double> inclusion) {
  const int k = static_cast<int>(std::lround(std::accumulate(inclusion.begin(), inclusion.end(), 0.0)));
  std::vector<double> weights(inclusion.begin(), inclusion.end());
  if (k > 1) {  // one draw takes an item in proportion to its weight: nothing to calibrate
    // Were the time of the k-th arrival a constant τ, π_e = 1 - exp(-w_e τ). That is the start, and each item is
    // corrected as if τ did not depend on it; the error shrinks 5- to 100-fold per iteration, less
    // for few items taken and one almost certain (1.3-fold at worst, 70 iterations).
    for (double& w : weights) w = -std::log1p(-w);
    double error = 1;
    for (int iteration = 0; error > tolerance; ++iteration) {
      if (iteration == max_iterations)
        throw std::runtime_error(fmt::format("routing weights did not converge: error {} of an inclusion", error));
      const std::vector<double> reached = successive_inclusion(weights, k);
      error = 0;
      for (std::size_t e = 0; e < weights.size(); ++e) {
        error = std::max(error, std::abs(reached[e] - inclusion[e]));
        weights[e] *= std::log1p(-inclusion[e]) / std::log1p(-std::min(reached[e], 1 - 1e-15));
      }
    }
  }
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& w : weights) w /= total;
  return weights;
}

}  // namespace ringtail
