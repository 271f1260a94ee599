#pragma once

#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

/// Series whose mean is known, and how often intervals may miss it.
namespace ringtail::testing {

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : engine_(seed) {}

  /// In [0, 1); mt19937_64 is the same everywhere, the standard distributions are not.
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  double exponential(double rate) { return -std::log1p(-uniform()) / rate; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log1p(-uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::mt19937_64 engine_;
};

/// Waiting times of an M/M/1 queue with arrivals at rate 1/2 and service at rate 1, by Lindley's recursion, from its
/// stationary distribution on: 0 with probability 1 − ρ = 1/2, else exponential with rate 1 − 1/2. Their mean is
/// ρ/(1 − ρ) = 1 (Kleinrock, Queueing Systems I, 5.12).
inline std::vector<double> waiting_times(Draws& draws, std::size_t count) {
  double waiting = draws.uniform() < 0.5 ? 0 : draws.exponential(0.5);
  std::vector<double> series;
  for (std::size_t i = 0; i < count; ++i) {
    series.push_back(waiting);
    waiting = std::max(0.0, waiting + draws.exponential(1) - draws.exponential(0.5));
  }
  return series;
}

/// x_{i+1} = φ x_i + e, normal with variance 1, from its stationary distribution on; mean 0.
inline std::vector<double> autoregressive(Draws& draws, double phi, std::size_t count) {
  double x = draws.normal() / std::sqrt(1 - phi * phi);
  std::vector<double> series;
  for (std::size_t i = 0; i < count; ++i) {
    series.push_back(x);
    x = phi * x + draws.normal();
  }
  return series;
}

/// How many of `experiments` that succeed with probability p do so, within what one in a thousand exceeds on each side.
struct Bounds {
  double low;
  double high;
};

inline Bounds successes(int experiments, double p) {
  const boost::math::binomial_distribution<double> count(experiments, p);
  return {std::floor(quantile(count, 0.001)), std::ceil(quantile(complement(count, 0.001)))};
}

}  // namespace ringtail::testing
