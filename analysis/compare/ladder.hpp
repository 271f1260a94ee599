#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "closed_form/evaluate.hpp"
#include "config/deployment.hpp"
#include "stats/confidence.hpp"

/// From the closed form to the simulation in steps, each of which adds one kind of effect
/// (docs/ladder.md). Everything is in log throughput, so that the steps add up.
namespace ringtail {

/// Logarithms of tokens/s: of each replication of a simulation, or the one of a formula.
using LogRates = std::vector<double>;

/// What throughput is multiplied by.
struct Factor {
  double log = 0;                    ///< Mean over replications of the differences of logarithms.
  std::optional<Interval> log_ci95;  ///< Student-t over them; none of formulas, and of single replications.
};

/// One rung, and the step to it from the one below.
struct Rung {
  int number = 0;
  std::string name;
  std::vector<std::string> effects;  ///< Switched on here (simulation/effects.hpp); none of formulas.
  LogRates rates;                    ///< Empty if by equation 20 nothing fits.
  std::optional<Factor> factor;      ///< None of the lowest rung.
  std::optional<Factor>
      first;  ///< The same, taken first of all: from the lowest rung of its kind, formula or simulation,
  std::optional<Factor> last;  ///< and last of all: to the highest.
  /// The two differ by more than their difference's interval, and by more than `least_order_effect`.
  bool is_order_dependent = false;

  [[nodiscard]] bool is_simulated() const { return number > 2; }
  [[nodiscard]] std::optional<double> tokens_per_s() const;  ///< Geometric mean over replications.
};

/// Of a logarithm: a tenth of a per cent of throughput.
inline constexpr double least_order_effect = 0.001;

struct Ladder {
  Deployment deployment;
  int batch = 0;                  ///< Sequences, of all rungs from 2 up.
  std::string infeasible_reason;  ///< Nothing fits: there are no rungs.
  std::vector<Rung> rungs;
  double limit_error = 0;  ///< The simulation without effects / rung 2 - 1: rounding.
};

/// Simulates the deployment with some effects off and returns what each replication makes.
using RunWithEffects = std::function<LogRates(const Effects&)>;

/// All rungs. `batch` is the ledger's, in sequences; each needed set of effects is run once. Throws like
/// closed_form::evaluate.
[[nodiscard]] Ladder climb(const Deployment& deployment, int batch, const RunWithEffects& run);

/// How many sets of effects climb() runs.
[[nodiscard]] int runs_of_ladder(const Deployment& deployment);

/// The product of all factors, from the lowest rung that has a throughput to the highest; none without rungs.
[[nodiscard]] std::optional<Factor> total_of(const Ladder& ladder);

/// B / A on one rung: throughput, and what the step to the rung does to it.
struct RungRatio {
  int number = 0;
  std::string name;
  std::optional<Factor> ratio;
  std::optional<Factor> factor;
};

/// Intervals are over the differences of replications, which share their random numbers if the seeds are the same;
/// there are none if the deployments have different numbers of replications.
struct LadderPair {
  Ladder a;
  Ladder b;
  std::vector<RungRatio> ratios;  ///< None if one of the two is infeasible.
};

[[nodiscard]] LadderPair pair(Ladder a, Ladder b);

}  // namespace ringtail
