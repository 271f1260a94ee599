#pragma once

#include <optional>
#include <span>

#include "config/deployment.hpp"
#include "routing/expert_sampler.hpp"
#include "routing/rebalancing.hpp"

namespace ringtail {

/// The placements of all layers, made for the popularity itself, which is what counts of a long past converge to: an
/// oracle of the mean, not of a step. Empty if experts are in order, or placed by rebalancing().
[[nodiscard]] ExpertSlots expert_slots(const Deployment& deployment, const ExpertSampler& sampler, int replication);

/// Placements from past counts, if the deployment has them: what the batch's tokens choose, those of steps before the
/// simulation too. run.warmup must be a number.
[[nodiscard]] std::optional<Rebalancing> rebalancing(const Deployment& deployment, const ExpertSampler& sampler,
                                                     int batch_total, int replication);

/// What rebalancing did in the measured steps of a replication.
struct RebalancingMeasured {
  struct StepParts {
    Seconds without_event = 0;  ///< Mean of the steps without an event,
    Seconds event = 0;          ///< and how much longer those with one are.
  };
  RebalanceSummary summary;
  std::optional<StepParts> step = std::nullopt;  ///< None unless there are steps of both kinds.
};

[[nodiscard]] RebalancingMeasured measured(Rebalancing& rebalancing, const Run& run,
                                           std::span<const Seconds> step_seconds);

}  // namespace ringtail
