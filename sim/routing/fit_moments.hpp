#pragma once

#include <array>
#include <vector>

#include "routing/routing_config.hpp"
#include "routing/trace_statistics.hpp"

namespace ringtail {

/// What is fitted: figures of some layers of a trace.
struct FitMoments {
  static constexpr std::array<std::size_t, 6> lags = {1, 2, 4, 8, 16, 32};
  std::array<double, lags.size()> overlap = {};
  double information = 0;
  double unrelated_variance = 0;
};

[[nodiscard]] FitMoments moments_of(const RoutingTrace& trace);

/// What the model predicts of topics of one number and strength, from draws of the sampler.
struct TopicMoments {
  int count = 0;
  double strength = 0;
  double same_overlap = 0;  ///< Of tokens with the same topic.
  double unrelated_variance = 0;
  std::array<double, 11> information = {};  ///< With layer affinity 0, 0.1, .. 1.
};

/// The predictions for a popularity, over numbers of topics and strengths.
class FitModel {
 public:
  /// `counts` are of the layers 2i and 2i + 1, which are neighbours, or of one layer.
  FitModel(const ExpertSampler::Shape& shape, const std::vector<std::vector<double>>& counts);

  /// The parameters with the least sum of squared errors, each in units of its standard deviation. Unknown moments do
  /// not count.
  [[nodiscard]] Correlation best(const FitMoments& measured, const FitMoments& deviation) const;

  [[nodiscard]] double independent_overlap() const { return independent_overlap_; }

 private:
  double independent_overlap_ = 0;
  std::vector<TopicMoments> topics_;  ///< By count, then by strength in steps that are interpolated.
};

}  // namespace ringtail
