#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "routing/random.hpp"
#include "routing/routing_config.hpp"

namespace ringtail {

/// Which rank holds which experts, in one MoE layer: `slots` slots, rank by rank, each with a copy of an expert's
/// weights. An expert has one replica or more. Rank r of P has slots floor(r·S/P) .. floor((r+1)·S/P) - 1, so ranks may
/// differ by one.
struct ExpertPlacement {
  int experts = 0;
  int ranks = 0;
  std::vector<std::uint16_t> expert_of_slot;

  [[nodiscard]] int slots() const { return static_cast<int>(expert_of_slot.size()); }
  [[nodiscard]] int first_slot(int rank) const {
    return static_cast<int>(static_cast<std::int64_t>(rank) * slots() / ranks);
  }
  [[nodiscard]] int slots_of(int rank) const { return first_slot(rank + 1) - first_slot(rank); }

  /// [expert]: the ranks of its replicas, ascending, one entry per replica.
  [[nodiscard]] std::vector<std::vector<int>> ranks_of_experts() const;
};

/// What a placement is made for. Loads are those of the past, or expected ones: any scale.
struct PlacementProblem {
  std::span<const double> loads;  ///< By expert.
  int ranks = 1;
  int slots = 0;             ///< At least as many as experts; the others are for replicas.
  int ranks_per_island = 1;  ///< Ranks lie on islands in order; the last island may have fewer.
  int expert_groups = 1;     ///< Experts lie in groups of equally many (Moe::expert_groups).
};

// All throw std::invalid_argument if there are fewer slots than experts or no rank. Without redundant slots each expert
// has one replica. The first three know no loads: redundant slots repeat experts 0, 1, .. .

/// Experts in order.
[[nodiscard]] ExpertPlacement place_contiguously(const PlacementProblem& problem);

/// Experts dealt to the ranks in turn.
[[nodiscard]] ExpertPlacement place_round_robin(const PlacementProblem& problem);

/// Experts in an order drawn for the layer.
[[nodiscard]] ExpertPlacement place_randomly(const PlacementProblem& problem, const RandomStream& stream, int layer);

/// Global policy of DeepSeek's EPLB (github.com/deepseek-ai/EPLB, as its README describes it): each redundant slot goes
/// to the expert with the largest load per replica; then replicas, in the order of decreasing load, each go to the
/// least loaded rank with a free slot.
[[nodiscard]] ExpertPlacement place_eplb(const PlacementProblem& problem);

/// Its hierarchical policy: groups of experts are packed onto islands, as many on each; then each island does as above
/// with its experts, slots and ranks. If groups, slots or ranks do not divide among islands, the global policy.
[[nodiscard]] ExpertPlacement place_eplb_hierarchically(const PlacementProblem& problem);

/// Ringtail's own (docs/decisions/0013-placement.md): replicas as EPLB's, but dealt to islands first, so that islands
/// are evenly loaded and replicas of an expert lie on different islands, then to the island's ranks; then experts of
/// the busiest rank are exchanged for others while that lowers its load and raises no rank above it.
[[nodiscard]] ExpertPlacement place_spread(const PlacementProblem& problem);

/// By a policy. `stream` is for `random` alone.
[[nodiscard]] ExpertPlacement place(const PlacementProblem& problem, PlacementPolicy policy, const RandomStream& stream,
                                    int layer);

/// Expected load of each rank if an expert's load is shared evenly by its replicas.
[[nodiscard]] std::vector<double> rank_loads(const ExpertPlacement& placement, std::span<const double> loads);

}  // namespace ringtail
