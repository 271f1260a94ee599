#pragma once

#include <functional>
#include <optional>
#include <string>

#include "qs/matched_pair.hpp"
#include "stats/confidence.hpp"

namespace ringtail {

/// Who decodes more tokens per second. `even`: the interval of the ratio contains 1. `none`: there is no pair, or
/// neither fits.
enum class Winner { moe, dense, even, none };

/// Name of a winner as in JSON and CSV.
[[nodiscard]] std::string_view name_of(Winner winner);

/// One of the pair, as it was simulated.
struct OutcomeSide {
  Parallelism parallelism;
  int batch = 0;         ///< Sequences; 0 if it was not simulated,
  std::string obstacle;  ///< and why.
};

/// How a pair compares at a point. Ratios are throughput of the dense model / of the MoE.
struct Outcome {
  QsPoint point;
  OutcomeSide moe;
  OutcomeSide dense;
  std::optional<double> paper =
      std::nullopt;  ///< Closed form under the paper's switches, in its layout, with its own batches.
  std::optional<double> physical =
      std::nullopt;  ///< Closed form under physical switches, of the simulated layout and batch.
  std::optional<double> simulated = std::nullopt;
  std::optional<Interval> ci95 = std::nullopt;  ///< Of `simulated`, paired; none with a single replication.
  Winner winner = Winner::none;                 ///< Simulated.
};

using SimulatePair = std::function<Result(const Deployment&, const BatchPlan&)>;

/// Simulates a pair, and evaluates both readings of the formula. The paper's layout is that of its table 2: TP 8, KV
/// parallelism and experts over the rest. Throws what `simulate` does, and like closed_form::evaluate.
[[nodiscard]] Outcome outcome(const Deployment& moe, const QsPoint& point, LayoutRule rule,
                              const SimulatePair& simulate);

/// The winner for a ratio dense / MoE.
[[nodiscard]] Winner winner_of(double ratio, const std::optional<Interval>& ci95);

}  // namespace ringtail
