#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "routing/expert_placement.hpp"
#include "routing/routing_config.hpp"
#include "routing/word_batch.hpp"

namespace ringtail {

/// Names of the random streams of place() and of the choice of replicas.
constexpr std::string_view placement_stream = "expert_placement";
constexpr std::string_view replica_stream = "replica_choice";

/// Tokens that choose among replicas.
struct TokenOrigins {
  std::span<const std::uint32_t> sequences;        ///< By token.
  std::span<const std::uint32_t> ranks;            ///< By token: the EP rank where it is.
  std::span<const std::uint32_t> island_of_ranks;  ///< By EP rank.
};

/// The placement of one MoE layer as tables, looked up for each copy (token, expert).
class LayerSlots {
 public:
  explicit LayerSlots(const ExpertPlacement& placement);

  /// Replaces experts by the slots that their tokens visit: those of token i are chosen[i·k .. i·k + k), dropped ones
  /// stay so. Each copy takes a word of `batch`, whether or not it has a choice; the oracle counts the
  /// copies of this call alone, in the order of tokens.
  void choose(ReplicaChoice replica, WordBatch batch, const TokenOrigins& tokens,
              std::span<std::uint16_t> chosen) const;

  std::vector<std::uint16_t> expert_of_slot;
  std::vector<std::uint32_t> rank_of_slot;

 private:
  [[nodiscard]] std::span<const std::uint16_t> slots_of(std::size_t expert) const {
    return std::span(slot_).subspan(first_[expert], first_[expert + 1] - first_[expert]);
  }

  std::vector<std::uint32_t> first_;  ///< Replicas of expert e are slot_[first_[e]] .. slot_[first_[e + 1] - 1].
  std::vector<std::uint16_t> slot_;
  bool is_redundant_;
};

/// Which slot a copy visits: a function of layer, step, token, the copy's place among the token's and its expert; with
/// `nearest` also of where the token is, with the oracle of the copies before it. The same in all FFN groups.
class ExpertSlots {
 public:
  /// Each expert is in the slot of its own number.
  ExpertSlots() = default;

  ExpertSlots(std::vector<LayerSlots> layers, ReplicaChoice replica, const RandomStream& stream)
      : layers_(std::move(layers)), replica_(replica), stream_(stream) {}

  /// LayerSlots::choose with the random words of a step.
  void choose(int moe_layer, int step, const TokenOrigins& tokens, std::span<std::uint16_t> chosen) const;

  /// Empty if each expert is in the slot of its own number.
  [[nodiscard]] std::span<const std::uint16_t> expert_of_slot(int moe_layer) const;

 private:
  std::vector<LayerSlots> layers_;
  ReplicaChoice replica_ = ReplicaChoice::random;
  RandomStream stream_{0, 0, replica_stream};
};

}  // namespace ringtail
