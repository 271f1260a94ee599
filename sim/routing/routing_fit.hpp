#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "routing/routing_config.hpp"
#include "routing/routing_trace.hpp"

namespace ringtail {

/// An estimated parameter with the 95 % interval of the bootstrap over sequences.
struct FittedParameter {
  std::string name;
  double value = 0;
  double low = 0;
  double high = 0;
  std::string not_identified;  ///< Why the trace does not say; empty if it does. Then `value` is an assumption.
};

/// A figure of the held-out sequences, and of as many tokens drawn from the fitted model and independently.
struct FitScore {
  std::string name;
  double measured = 0;
  double half_width = 0;  ///< Of the 95 % interval: 1.96 standard deviations of the bootstrap over sequences.
  double fitted = 0;
  double independent = 0;

  [[nodiscard]] bool is_known() const { return measured == measured; }
  /// Whether the fitted model comes nearer than independent draws.
  [[nodiscard]] bool is_better() const;
};

struct RoutingFit {
  std::size_t dropped_tokens = 0;  ///< Of common prefixes.
  std::size_t fitted_sequences = 0, fitted_tokens = 0;
  std::size_t held_out_sequences = 0, held_out_tokens = 0;
  int ranks = 0;  ///< Of which the overdispersion is.
  Correlation correlation;
  std::vector<FittedParameter> parameters;  ///< topics.count, topics.strength, persistence, and the affinities.
  std::vector<FitScore> scores;
  std::vector<std::vector<double>> counts;  ///< [layer][expert] of all tokens without common prefixes.
};

/// Estimates the parameters of TokenTopics from a trace by the method of simulated moments, and scores them on
/// sequences held out: docs/correlation.md. A single sequence is cut into two. Throws std::runtime_error if fewer than
/// four tokens are left without common prefixes.
[[nodiscard]] RoutingFit fit_routing(const RoutingTrace& trace);

}  // namespace ringtail
