#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/decode_spec.hpp"

namespace ringtail {

/// Where the tokens of one FFN group come from and its experts are, as tables: looked up for each of the millions of
/// copies of a step. All numbers are the group's own, from 0: member i is ranks[i], sequence s is `sequences`[s],
/// and of each island that the group touches its part counts as an island, in the cluster's order. An EP rank stands
/// for all GPUs that hold slices of the same experts.
struct TokenMap {
  TokenMap(const DecodeSpec& spec, int ffn_dp);

  [[nodiscard]] int members() const { return static_cast<int>(ranks.size()); }
  [[nodiscard]] int member_of(int rank) const { return rank - ranks.front(); }

  [[nodiscard]] int islands() const { return static_cast<int>(members_of_island.size()); }
  [[nodiscard]] int island_of(int member) const { return island_of_member[static_cast<std::size_t>(member)]; }

  /// Members on an island, ascending.
  [[nodiscard]] const std::vector<int>& members_on(int island) const {
    return members_of_island[static_cast<std::size_t>(island)];
  }

  /// Islands of an EP rank, each once.
  [[nodiscard]] std::span<const std::uint32_t> islands_of(std::uint32_t ep_rank) const {
    return std::span(ep_islands)
        .subspan(first_ep_island[ep_rank], first_ep_island[ep_rank + 1] - first_ep_island[ep_rank]);
  }

  /// The member on `island` on the rail of `member`: with the same place in its island, or, if the group does not have
  /// that GPU, one of those it has there.
  [[nodiscard]] int on_rail(int member, int island) const {
    return relays[static_cast<std::size_t>(member) * members_of_island.size() + static_cast<std::size_t>(island)];
  }

  /// Calls visit(owner, relay, island) for each owner and island that is not its own; `relay` is the member there.
  template <class Visit>
  void for_each_relay(const Visit& visit) const {
    for (int owner = 0; owner < members(); ++owner)
      for (int island = 0; island < islands(); ++island)
        if (island != island_of(owner)) visit(owner, on_rail(owner, island), island);
  }

  std::vector<int> ranks;                ///< The group's, ascending without a gap.
  std::vector<std::uint32_t> sequences;  ///< Ids.
  std::vector<int> island_of_member;
  std::vector<std::vector<int>> members_of_island;
  std::vector<int> relays;  ///< [member · islands + island]: on_rail
  int ep_ranks;
  int experts;
  std::size_t experts_per_token;
  int tokens_per_sequence;
  int tp;  ///< GPUs of an EP rank: member / tp is its number.
  /// The members that own the sequences' first tokens in the order of `sequences`, their second tokens, and so on.
  std::vector<std::uint32_t> owner_of_token;
  std::vector<std::uint32_t> ep_rank_of_token;  ///< The owner's.
  std::vector<std::uint32_t> ep_rank_of_slot;
  std::vector<std::uint32_t> island_of_ep_rank;  ///< The first of its islands.
  std::vector<std::uint32_t> ep_islands;         ///< Those of all EP ranks, one after the other,
  std::vector<std::size_t> first_ep_island;      ///< where each EP rank's begin, and the end.
};

}  // namespace ringtail
