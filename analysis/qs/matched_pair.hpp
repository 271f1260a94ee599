#pragma once

#include <string>
#include <string_view>

#include "config/deployment.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {

/// Where an MoE and its dense counterpart are set against each other.
struct QsPoint {
  double q = 5;        ///< Dense parameters as a multiple of the MoE's active ones.
  int context = 4096;  ///< Tokens.
  int gpus = 1;
  Batch batch;  ///< max: of each its own largest.
};

/// Who says how a pair is laid out.
enum class LayoutRule {
  given,   ///< The deployment, stretched for other numbers of GPUs (stretch_layout); for both the same.
  fastest  ///< For each of the two the fastest by formula (lay_out_fastest).
};

/// Name of a rule as on the command line.
[[nodiscard]] std::string_view name_of(LayoutRule rule);

/// One of the two as a deployment of its own.
struct PairSide {
  Deployment deployment;
  BatchPlan plan;
  std::string impossible;  ///< Why there is no such deployment; then there is no plan.

  /// Why it cannot be simulated; empty if it can.
  [[nodiscard]] const std::string& obstacle() const { return impossible.empty() ? plan.infeasible_reason : impossible; }
};

/// A mixture of experts and the dense model of the same quality, on the same GPUs with the same random numbers.
struct MatchedPair {
  PairSide moe;
  PairSide dense;
};

/// The pair at a point. `moe` has experts; all but what the point says is its, and the dense model's too:
/// - the counterpart is dense_of's, q · s · P_total parameters (model/dense_counterpart.hpp);
/// - as given, it has the same attention layout, and its FFN is split as the deployment's FFN.tp says, or if that is 1
///   over as much of an attention group as one island holds;
/// - an overlap that needs experts is none for it.
[[nodiscard]] MatchedPair matched_pair(const Deployment& moe, const QsPoint& point, LayoutRule rule);

}  // namespace ringtail
