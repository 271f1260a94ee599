#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "decode/token_map.hpp"
#include "routing/expert_sampler.hpp"
#include "routing/expert_slots.hpp"

namespace ringtail {

/// Counts between owners of tokens and something else: a row per owner.
class OwnerCounts {
 public:
  OwnerCounts(std::size_t owners, std::size_t columns) : columns_(columns), counts_(owners * columns) {}

  /// Expected counts, by column the same for all owners.
  explicit OwnerCounts(std::vector<double> of_each) : columns_(of_each.size()), of_each_(std::move(of_each)) {}

  [[nodiscard]] double operator()(int owner, int column) const {
    if (!of_each_.empty()) return of_each_[static_cast<std::size_t>(column)];
    return counts_[static_cast<std::size_t>(owner) * columns_ + static_cast<std::size_t>(column)];
  }
  [[nodiscard]] int* row(std::size_t owner) { return counts_.data() + owner * columns_; }

 private:
  std::size_t columns_;
  std::vector<int> counts_;
  std::vector<double> of_each_;
};

/// What each rank has of a layer that is not drawn.
struct ExpectedLoad {
  double copies = 0;   ///< (token, expert) pairs.
  double touched = 0;  ///< Experts with a token.
};

/// What one draw of the routing makes of one MoE layer of one step in one FFN group: every number that depends on it
/// comes from here. Owners are members of the group. Counts to an EP rank hold for each of its GPUs.
struct LayerTraffic {
  std::vector<int> copies_of_slot;  ///< Tokens that visit each slot.
  OwnerCounts copies_to_ep_rank;    ///< (token, expert) pairs.
  OwnerCounts tokens_to_ep_rank;    ///< Tokens that visit at least one of its slots.
  OwnerCounts tokens_to_island;     ///< Tokens that visit at least one slot with a GPU on the island.
  int dropped_copies = 0;           ///< Beyond their experts' capacity; in none of the counts.
  std::optional<ExpectedLoad> expected = std::nullopt;  ///< In place of copies_of_slot, which is empty then.
};

/// The sampler's index of a sequence's token number `token` in a step: different for all, since there are fewer steps.
/// A prime, so that the tokens of a sequence differ where choices go round a power of two of experts. Steps before the
/// simulation, which are negative, have indices too.
[[nodiscard]] std::uint32_t token_index(int step, int token);

/// Counts the slots that are visited: those of token t, in the order of `map.owner_of_token`, are visited[t·k] ..
/// visited[(t+1)·k - 1], some of which may be dropped_expert.
LayerTraffic count_traffic(const TokenMap& map, std::span<const std::uint16_t> visited);

/// Draws the experts of every token of the group in step `step` and MoE layer `moe_layer` (0-based), drops what exceeds
/// the capacity (a factor, see expert_capacity; of all replicas together), chooses their slots, and counts them. A
/// sequence's tokens in the step have the numbers `first_token`, `first_token` + 1, ..; each draws and chooses for
/// itself, a token 0 as if it were alone.
LayerTraffic draw_traffic(const TokenMap& map, const ExpertSampler& sampler, int moe_layer, int step,
                          std::optional<double> capacity = std::nullopt, const ExpertSlots& slots = {},
                          int first_token = 0);

}  // namespace ringtail
