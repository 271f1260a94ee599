#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accounting/breakdown.hpp"
#include "config/deployment.hpp"
#include "parallel/ledger.hpp"
#include "routing/expert_load.hpp"
#include "simulation/replication.hpp"
#include "stats/confidence.hpp"

namespace ringtail {

/// The batch, and the memory of the fullest GPU that it leads to.
struct Capacity {
  int batch_total = 0;
  double batch_per_gpu = 0;
  std::string limit;  ///< What limits the batch: the ledger line that takes most, or "max_sequences".
  Ledger ledger;
};

/// Duration of a decode step, over all replications.
struct StepTime {
  Seconds mean = 0;
  Seconds p50 = 0;
  Seconds p90 = 0;
  Seconds p99 = 0;
  std::optional<Interval> ci95;  ///< Student-t over replications; none with a single one.
  double accepted_tokens = 1;    ///< Per sequence and step.
  Seconds tpot = 0;              ///< Step per accepted token.
  Seconds traversal = 0;
};

struct Throughput {
  double tokens_per_s = 0;
  double tokens_per_s_per_gpu = 0;
  double tokens_per_s_per_sequence = 0;
};

struct FamilyOverlap {
  std::string family;
  std::string algorithm;   ///< As in YAML; several if groups differ.
  OverlapSeconds seconds;  ///< Per step, mean over GPUs.
};

/// What the simulation itself took; the only part of a result that differs between runs with the same seed.
struct EngineCost {
  Seconds wall = 0;       ///< Of the whole command's simulating part.
  Seconds step_wall = 0;  ///< Wall time per simulated step of one replication, set-up included.
  Seconds sampling = 0;   ///< Wall time of routing draws, summed over replications.
  Bytes peak_memory = 0;  ///< Of the largest process.
};

/// What was simulated, and everything measured.
struct Measurement {
  StepTime step;
  Throughput throughput;
  StateSeconds breakdown{};             ///< Per step, mean over GPUs and replications; sums to step.mean.
  WorkSeconds work;                     ///< Per step, mean over GPUs and replications.
  std::vector<PathPart> critical_path;  ///< Per step, mean over replications; sums to step.mean.
  std::vector<FamilyOverlap> overlap;   ///< Families that the deployment uses.
  std::optional<RoutingSummary> routing;
  std::vector<Replication> replications;
  std::uint64_t steps = 0;  ///< Simulated in all replications, warm-up included; so are the following.
  std::uint64_t kernels = 0;
  std::uint64_t transfers = 0;
  Seconds simulated = 0;
  EngineCost cost;
};

/// The result of simulating a deployment.
struct Result {
  Deployment deployment;
  std::vector<std::string> warnings;
  Capacity capacity;
  std::string infeasible_reason;           ///< Empty if feasible.
  std::optional<Measurement> measurement;  ///< None if infeasible.

  [[nodiscard]] bool feasible() const { return measurement.has_value(); }
};

}  // namespace ringtail
