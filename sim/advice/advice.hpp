#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "advice/levers.hpp"
#include "simulation/simulate.hpp"
#include "stats/confidence.hpp"

namespace ringtail {

/// Where a deployment comes from; load_deployment's arguments.
struct DeploymentSource {
  std::filesystem::path file;
  std::vector<std::string> overrides;
  std::filesystem::path data;
};

/// Throughput per GPU of a changed deployment less that of the base, as fractions of the base's.
struct Gain {
  double mean = 0;  ///< Over replications.
  Interval ci95;    ///< Student-t over the differences of replications with the same random numbers.
};

/// A change that helps, simulated as fully as the base.
struct AdvisedChange {
  Change change;
  ChangeKind kind = ChangeKind::deployment;
  std::optional<Gain> gain;  ///< None if the base is infeasible.
  Seconds tpot = 0;
  double tokens_per_s_per_gpu = 0;
};

struct Advice {
  std::vector<AdvisedChange> changes;  ///< The best first, of each lever at most one.
  int tried = 0;                       ///< Changes simulated.
  int dropped = 0;                     ///< Changes not simulated: refused by the checks, not fitting, or failed.
};

/// Gains below a thousandth are never advised, however certain.
inline constexpr double least_gain = 1e-3;

/// What to change about a deployment, whose result is `base`, for the most tokens per second per GPU: at most three
/// changes of different levers. Every change that the checks allow is simulated for a few steps of one replication, the
/// most promising like the base; advised are those whose gain's interval lies above zero. If the base is infeasible,
/// those that make it feasible, by throughput. The same whatever options.jobs. Needs two replications or more, a run
/// that is_fixed, and a file that can be read again. Throws TaskFailed like simulate.
Advice advise(const DeploymentSource& source, const Result& base, const SimulateOptions& options);

}  // namespace ringtail
