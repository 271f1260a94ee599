#include "routing/expert_placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

ExpertPlacement empty(const PlacementProblem& problem) {
  const int experts = static_cast<int>(problem.loads.size());
  if (problem.ranks < 1 || problem.slots < experts || problem.ranks_per_island < 1)
    throw std::invalid_argument(
        fmt::format("cannot place {} experts in {} slots of {} ranks", experts, problem.slots, problem.ranks));
  return {experts, problem.ranks, std::vector<std::uint16_t>(static_cast<std::size_t>(problem.slots))};
}

/// Experts in the order of slots if they are laid out one after the other, again from the first one on.
ExpertPlacement in_order(const PlacementProblem& problem, std::span<const std::uint16_t> order) {
  ExpertPlacement placement = empty(problem);
  for (std::size_t slot = 0; slot < placement.expert_of_slot.size(); ++slot)
    placement.expert_of_slot[slot] = order[slot % order.size()];
  return placement;
}

std::vector<std::uint16_t> all_experts(const PlacementProblem& problem) {
  std::vector<std::uint16_t> experts(problem.loads.size());
  std::iota(experts.begin(), experts.end(), std::uint16_t{0});
  return experts;
}

}  // namespace

std::vector<std::vector<int>> ExpertPlacement::ranks_of_experts() const {
  std::vector<std::vector<int>> result(static_cast<std::size_t>(experts));
  for (int rank = 0; rank < ranks; ++rank)
    for (int slot = first_slot(rank); slot < first_slot(rank + 1); ++slot)
      result[expert_of_slot[static_cast<std::size_t>(slot)]].push_back(rank);
  return result;
}

ExpertPlacement place_contiguously(const PlacementProblem& problem) { return in_order(problem, all_experts(problem)); }

ExpertPlacement place_round_robin(const PlacementProblem& problem) {
  ExpertPlacement placement = empty(problem);
  int dealt = 0;
  int most = 0;
  for (int rank = 0; rank < problem.ranks; ++rank) most = std::max(most, placement.slots_of(rank));
  for (int row = 0; row < most; ++row)
    for (int rank = 0; rank < problem.ranks; ++rank)
      if (row < placement.slots_of(rank))
        placement.expert_of_slot[static_cast<std::size_t>(placement.first_slot(rank) + row)] =
            static_cast<std::uint16_t>(dealt++ % placement.experts);
  return placement;
}

ExpertPlacement place_randomly(const PlacementProblem& problem, const RandomStream& stream, int layer) {
  std::vector<std::uint16_t> order = all_experts(problem);
  shuffle(std::span(order), stream, static_cast<std::uint32_t>(layer));
  return in_order(problem, order);
}

ExpertPlacement place(const PlacementProblem& problem, PlacementPolicy policy, const RandomStream& stream, int layer) {
  switch (policy) {
    case PlacementPolicy::contiguous: return place_contiguously(problem);
    case PlacementPolicy::round_robin: return place_round_robin(problem);
    case PlacementPolicy::random: return place_randomly(problem, stream, layer);
    case PlacementPolicy::eplb: return place_eplb(problem);
    case PlacementPolicy::eplb_hierarchical: return place_eplb_hierarchically(problem);
    case PlacementPolicy::spread: return place_spread(problem);
  }
  throw std::logic_error("no such placement");
}

std::vector<double> rank_loads(const ExpertPlacement& placement, std::span<const double> loads) {
  std::vector<int> replicas(loads.size());
  for (const std::uint16_t expert : placement.expert_of_slot) ++replicas[expert];
  std::vector<double> result(static_cast<std::size_t>(placement.ranks));
  for (int rank = 0; rank < placement.ranks; ++rank) {
    for (int slot = placement.first_slot(rank); slot < placement.first_slot(rank + 1); ++slot) {
      const std::uint16_t expert = placement.expert_of_slot[static_cast<std::size_t>(slot)];
      result[static_cast<std::size_t>(rank)] += loads[expert] / replicas[expert];
    }
  }
  return result;
}

}  // namespace ringtail
