#include "routing/topic_weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "routing/group_limit.hpp"

namespace ringtail {
namespace {

constexpr double tolerance = 1e-6;
constexpr int max_iterations = 100;
constexpr double smallest = 1e-12;  ///< Distance of an inclusion from 0 and 1.

using Weights = std::vector<std::vector<double>>;

/// The model in which each topic's race ends at a fixed time, when k arrivals are expected: an item is taken with
/// probability 1 - exp(-w · time). Near enough to the truth to steer by, and cheap.
class FixedTimes {
 public:
  FixedTimes(std::size_t topics, std::size_t items, double k) : k_(k), log_time_(topics), mean_(items), slope_(items) {}

  /// Multiplies each item's weights by a factor, in all topics, such that the topics' mean is `wanted`; Newton's method
  /// for the factors' logarithms as if times stayed the same, which then follow.
  void solve(std::span<const double> wanted, Weights& weights) {
    double error = 1;
    for (int iteration = 0; iteration < 200 && !(error < tolerance / 10); ++iteration) {
      evaluate(weights);
      error = 0;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        const double off = wanted[i] - mean_[i];
        error = std::max(error, std::abs(off));
        const double factor = std::exp(std::clamp(off / std::max(slope_[i], 1e-300), -1.0, 1.0));
        for (auto& topic : weights) topic[i] *= factor;
      }
    }
  }

 private:
  void evaluate(const Weights& weights) {
    std::fill(mean_.begin(), mean_.end(), 0.0);
    std::fill(slope_.begin(), slope_.end(), 0.0);
    for (std::size_t z = 0; z < weights.size(); ++z) {
      find_time(weights[z], log_time_[z]);
      const double time = std::exp(log_time_[z]);
      for (std::size_t i = 0; i < mean_.size(); ++i) {
        const double x = weights[z][i] * time;
        const double absent = std::exp(-x);
        mean_[i] += (1 - absent) / static_cast<double>(weights.size());
        slope_[i] += x * absent / static_cast<double>(weights.size());
      }
    }
  }

  void find_time(std::span<const double> weights, double& log_time) const {
    for (int iteration = 0; iteration < 60; ++iteration) {
      double expected = 0;
      double slope = 0;
      const double time = std::exp(log_time);
      for (const double w : weights) {
        const double absent = std::exp(-w * time);
        expected += 1 - absent;
        slope += w * time * absent;
      }
      if (std::abs(expected - k_) < 1e-9 * k_) return;
      log_time += std::clamp((k_ - expected) / std::max(slope, 1e-300), -2.0, 2.0);
    }
  }

  double k_;
  std::vector<double> log_time_;
  std::vector<double> mean_;   ///< Over topics, of the probability that an item is taken,
  std::vector<double> slope_;  ///< and its derivative by the logarithm of the item's weight.
};

}  // namespace

std::vector<std::vector<double>> topic_weights(std::span<const double> inclusion,
                                               const std::vector<std::vector<double>>& tilts,
                                               const InclusionOfWeights& inclusion_of) {
  const std::size_t items = inclusion.size();
  const auto topics = static_cast<double>(tilts.size());
  Weights weights = tilts;
  for (auto& topic : weights)
    for (std::size_t i = 0; i < items; ++i) topic[i] *= -std::log1p(-std::min(inclusion[i], 1 - smallest));
  FixedTimes model(tilts.size(), items, std::accumulate(inclusion.begin(), inclusion.end(), 0.0));
  // What the model is asked for is off by as much as the model is.
  std::vector<double> asked(inclusion.begin(), inclusion.end());
  for (int iteration = 0; iteration < max_iterations; ++iteration) {
    model.solve(asked, weights);
    std::vector<double> mean(items);
    for (const auto& topic : weights) {
      const std::vector<double> reached = inclusion_of(topic);
      for (std::size_t i = 0; i < items; ++i) mean[i] += reached[i] / topics;
    }
    double error = 0;
    for (std::size_t i = 0; i < items; ++i) {
      const double off = inclusion[i] - mean[i];
      error = std::isnan(off) ? 1.0 : std::max(error, std::abs(off));
      asked[i] = std::clamp(asked[i] + off, smallest, 1 - smallest);
    }
    if (error < tolerance) return weights;
  }
  throw UnreachablePopularity("topics are too strong for so popular experts");
}

}  // namespace ringtail
