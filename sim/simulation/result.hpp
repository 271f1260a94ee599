#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accounting/breakdown.hpp"
#include "config/deployment.hpp"
#include "parallel/ledger.hpp"
#include "routing/expert_load.hpp"
#include "simulation/drawn_batch.hpp"
#include "simulation/replication.hpp"
#include "stats/batch_means.hpp"
#include "stats/confidence.hpp"
#include "stats/mser.hpp"
#include "stats/order_statistics.hpp"

namespace ringtail {

/// The batch, and the memory of the fullest GPU that it leads to.
struct Capacity {
  int batch_total = 0;
  double batch_per_gpu = 0;
  int largest_group = 0;           ///< Sequences of the attention group with most, in any replication.
  std::optional<DrawnLoad> drawn;  ///< If sequences are drawn: the replication that leaves least memory.
  std::string limit;               ///< What limits the batch: the ledger line that takes most, or "max_sequences".
  Ledger ledger;
};

/// The quantiles of step times that are reported.
inline constexpr std::array<double, 3> step_percentiles = {0.50, 0.90, 0.99};

/// Duration of a decode step, over all replications. docs/statistics.md says what each figure means.
struct StepTime {
  Seconds mean = 0;
  std::optional<Interval> ci95;  ///< Student-t over replications; of a single one from batches that are not correlated.
  std::optional<BatchMeans> batches;                ///< Of a single replication with enough steps.
  std::array<Seconds, 3> percentiles{};             ///< Of all measured steps of all replications: step_percentiles.
  std::array<QuantileBounds, 3> percentile_bounds;  ///< 95 %, if steps are independent.
  std::size_t samples = 0;                          ///< How many steps these are,
  bool samples_alike = false;           ///< and whether those of a replication resemble each other, so that bounds are
                                        ///< too narrow.
  std::optional<Truncation> transient;  ///< What MSER-5 would still drop of the measured steps; none if too few.
  double accepted_tokens = 1;           ///< Per sequence and step.
  Seconds tpot = 0;                     ///< Step per accepted token.
  Seconds traversal = 0;
};

/// What was thrown away before the measured steps.
struct WarmUp {
  int steps = 0;
  int pilot_steps = 0;  ///< Of the pilot simulation that MSER-5 found `steps` in; 0 if they were given.
  bool over = true;     ///< Whether warm-up ended in the pilot's first half; true if steps were given.
};

/// How adding replications ended.
struct Stopping {
  double precision = 0;   ///< Wished relative half-width of TPOT's interval,
  double half_width = 0;  ///< and the one that there is.
  bool reached = false;
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

/// What rebalancing did and what it took, as means over replications.
struct RebalancingResult {
  RebalanceSummary summary;
  Seconds without_event = 0;           ///< A step without one; 0 if there were none beside those with one.
  std::optional<Seconds> event;        ///< How much longer steps with one are. Likewise.
  std::optional<Interval> event_ci95;  ///< Student-t over replications.

  /// A step's time with an event every so many steps.
  [[nodiscard]] std::optional<Seconds> amortised_step(int every) const {
    if (!event) return std::nullopt;
    return without_event + *event / every;
  }
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
  StateSeconds breakdown{};                  ///< Per step, mean over GPUs and replications; sums to step.mean.
  WorkSeconds work;                          ///< Per step, mean over GPUs and replications.
  std::vector<PathPart> critical_path;       ///< Per step, mean over replications; sums to step.mean.
  std::vector<FamilyOverlap> overlap;        ///< Families that the deployment uses.
  std::optional<RingTailSeconds> ring_tail;  ///< Mean over replications.
  std::optional<RoutingSummary> routing;
  std::optional<KvImbalance> kv;  ///< Means over replications, but for the extremes of lengths and groups.
  std::optional<RebalancingResult> rebalancing;
  WarmUp warmup;
  std::optional<Stopping> stopping;  ///< None if the number of replications was given.
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
