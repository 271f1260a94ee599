#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "simulation/result.hpp"

namespace ringtail {

/// How far a simulation is: steps ended by all ranks, over all replications.
struct StepProgress {
  std::int64_t steps_done = 0;
  std::int64_t steps_total = 0;
};

struct SimulateOptions {
  int jobs = 1;  ///< Replications simulated at the same time, each in a process of its own. Never changes results.
  std::function<void(const StepProgress&)> on_progress = [](const StepProgress&) {};
  Recording recording = {};  ///< Of the first replication, not of a pilot.
};

/// The ledger of a deployment's GPUs with `batch_total` sequences, and the largest batch that fits
/// (parallel/ledger.hpp).
Ledger memory_ledger(const Deployment& deployment, int batch_total);
int max_batch(const Deployment& deployment);

/// The deployment asks for a batch that does not fit, or that cannot be dealt out.
struct BatchError {
  std::string message;  ///< First line the mistake, then the ledger.
  std::string help;
};

/// What a deployment's batch comes to: sequences in all, or none and the reason why it is infeasible, or a mistake.
struct BatchPlan {
  Capacity capacity;  ///< If infeasible: of a single sequence.
  std::string infeasible_reason;
  std::optional<BatchError> error;
};

BatchPlan plan_batch(const Deployment& deployment);

/// The statistics of replications, in which each sequence gains `accepted_tokens` per step, all but what the simulation
/// itself took as a whole (cost.wall).
Measurement measure(const std::vector<Replication>& replications, int batch_total, int gpus,
                    double accepted_tokens = 1);

/// Simulates a deployment: replications in forked processes (simulation/run_replications.hpp), then their statistics.
/// `plan` is plan_batch's, without error. Throws TaskFailed if a replication fails. The process must not have started a
/// SimGrid engine.
Result simulate(const Deployment& deployment, const BatchPlan& plan, const SimulateOptions& options);

}  // namespace ringtail
