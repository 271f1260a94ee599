#pragma once

#include <vector>

#include "simulation/simulate.hpp"

namespace ringtail {

/// Replications, and what was decided on the way to them.
struct SimulatedRun {
  std::vector<Replication> replications;
  WarmUp warmup;
  std::optional<Stopping> stopping;  ///< None without a precision.
};

/// Simulates as many steps and replications as deployment.run asks for, in forked processes. Replications are taken in
/// order, and the first that make TPOT precise enough are the result, whatever others were simulated beside them:
/// options.jobs changes nothing. Throws TaskFailed if a replication fails.
[[nodiscard]] SimulatedRun run_replications(const Deployment& deployment, int batch_total,
                                            const SimulateOptions& options);

/// Steps of the pilot simulation that finds the warm-up.
[[nodiscard]] int pilot_steps(const Run& run);

}  // namespace ringtail
