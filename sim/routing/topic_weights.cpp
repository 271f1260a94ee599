#include "routing/topic_weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

constexpr double tolerance = 1e-6;
constexpr int max_iterations = 200;
constexpr double almost_one = 1 - 1e-12;

/// P(item has arrived) if the race of a topic ended at a fixed time: 1 - exp(-w), with weights scaled such that k are
/// expected. Newton's method for the logarithm of the scale; the expectation is increasing and concave in the scale.
class FixedTimeTopic {
 public:
  explicit FixedTimeTopic(std::size_t items) : reached_(items) {}

  const std::vector<double>& reached(std::span<const double> weights, double k) {
    for (int iteration = 0; iteration < 60; ++iteration) {
      double expected = 0;
      double slope = 0;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const double x = weights[i] * scale_;
        const double absent = std::exp(-x);
        reached_[i] = 1 - absent;
        expected += reached_[i];
        slope += x * absent;
      }
      if (std::abs(expected - k) < 1e-7 * k) break;
      scale_ *= std::exp(std::clamp((k - expected) / slope, -2.0, 2.0));
    }
    return reached_;
  }

 private:
  double scale_ = 1;
  std::vector<double> reached_;
};

using Weights = std::vector<std::vector<double>>;

/// Multiplies each item's weights in all topics such that its mean inclusion comes nearer to `wanted`, as if races
/// ended at a fixed time; returns how far off the mean was.
double correct(std::span<const double> wanted, std::span<const double> mean, Weights& weights) {
  double error = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double off = std::abs(mean[i] - wanted[i]);
    error = std::isnan(off) ? 1.0 : std::max(error, off);
    const double factor = std::log1p(-wanted[i]) / std::log1p(-std::min(mean[i], almost_one));
    for (auto& topic : weights) topic[i] *= factor;
  }
  return error;
}

void add_to(std::vector<double>& mean, const std::vector<double>& reached, std::size_t topics) {
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += reached[i] / static_cast<double>(topics);
}

}  // namespace

std::vector<std::vector<double>> topic_weights(std::span<const double> inclusion,
                                               const std::vector<std::vector<double>>& tilts,
                                               const InclusionOfWeights& inclusion_of) {
  const std::size_t items = inclusion.size();
  const double k = std::accumulate(inclusion.begin(), inclusion.end(), 0.0);
  Weights weights = tilts;
  for (auto& topic : weights)
    for (std::size_t i = 0; i < items; ++i) topic[i] *= -std::log1p(-std::min(inclusion[i], almost_one));
  // A cheap start: the solution if races ended at fixed times.
  std::vector<FixedTimeTopic> fixed(tilts.size(), FixedTimeTopic(items));
  double error = 1;
  for (int iteration = 0; iteration < max_iterations && error > 1e-4; ++iteration) {
    std::vector<double> mean(items);
    for (std::size_t z = 0; z < tilts.size(); ++z) add_to(mean, fixed[z].reached(weights[z], k), tilts.size());
    error = correct(inclusion, mean, weights);
  }
  for (int iteration = 0; iteration < max_iterations; ++iteration) {
    std::vector<double> mean(items);
    for (const auto& topic : weights) add_to(mean, inclusion_of(topic), tilts.size());
    const Weights reached = weights;
    if (correct(inclusion, mean, weights) < tolerance) return reached;
  }
  throw std::runtime_error("topics are too strong for so popular experts: a lower strength works");
}

}  // namespace ringtail
