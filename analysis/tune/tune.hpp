#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "simulation/simulate.hpp"
#include "tune/design_space.hpp"
#include "tune/forecast.hpp"

namespace ringtail {

/// What is best: most tokens per second, or the shortest time per output token.
enum class Goal { throughput, tpot };

struct TuneOptions {
  Goal goal = Goal::throughput;
  std::optional<Seconds> tpot_limit;  ///< Only what stays within it counts.
  /// How much better than its forecast a design may turn out: forecasts that are worse than the best simulated one by
  /// more than this factor are not simulated.
  double margin = 1.5;
  int most_simulations = 60;  ///< Of the search; finalists come on top.
  int jobs = 1;               ///< Never changes results.
  std::function<void(const std::string& what, const StepProgress&)> on_progress = [](const std::string&,
                                                                                     const StepProgress&) {};
};

/// A design with so many sequences, as it was forecast and, briefly, simulated: one step of one replication, after one
/// of warm-up.
struct TunedPoint {
  Design design;
  int batch = 0;
  Forecast forecast;
  double tokens_per_s = 0;
  Seconds tpot = 0;
};

/// One of the best, simulated as the base's `run` says, in at least three replications.
struct Finalist {
  TunedPoint point;
  Result result;
  /// Of its tokens per second minus the winner's, paired; of TPOT if that is the goal. None of the winner's own.
  std::optional<Interval> difference;
  bool ties = false;  ///< The interval contains 0.
};

struct Tuning {
  Deployment base;
  TuneOptions options;
  DesignSpace space;
  std::size_t points = 0;             ///< Designs with a batch.
  std::vector<TunedPoint> simulated;  ///< In the order of simulation.
  std::vector<TunedPoint> front;      ///< Of these, those that no other beats in both, by falling tokens per second.
  /// By the goal; the first is the winner. None if nothing fits or stays within the limit.
  std::vector<Finalist> finalists;
  std::size_t left_out = 0;     ///< Points within the margin that there were too many of.
  std::optional<Result> given;  ///< The base itself, if it is possible.
};

/// Searches the design space of a decoder-only deployment. Throws TaskFailed if a simulation fails.
[[nodiscard]] Tuning tune(const Deployment& base, const TuneOptions& options);

}  // namespace ringtail
