#include "decode/layer_traffic.hpp"

#include "routing/capacity.hpp"
#include "routing/token_index.hpp"

namespace ringtail {
namespace {

/// Marks what one token has met already: a column is marked with the number of the token.
class Seen {
 public:
  explicit Seen(int columns) : token_(static_cast<std::size_t>(columns)) {}

  /// 1 the first time that `token` (counted from 1) asks for the column, else 0: a number, since a branch on it would
  /// often be predicted wrongly.
  int first(std::uint32_t column, std::uint32_t token) {
    const int is_first = token_[column] != token ? 1 : 0;
    token_[column] = token;
    return is_first;
  }

 private:
  std::vector<std::uint32_t> token_;
};

}  // namespace

LayerTraffic count_traffic(const TokenMap& map, std::span<const std::uint16_t> visited) {
  const std::size_t members = map.ranks.size();
  const auto ep_ranks = static_cast<std::size_t>(map.ep_ranks);
  LayerTraffic traffic{std::vector<int>(map.ep_rank_of_slot.size()), OwnerCounts(members, ep_ranks),
                       OwnerCounts(members, ep_ranks), OwnerCounts(members, static_cast<std::size_t>(map.islands()))};
  if (visited.empty()) return traffic;
  Seen seen_ep_rank(map.ep_ranks);
  Seen seen_island(map.islands());
  const std::size_t k = visited.size() / map.owner_of_token.size();
  std::uint32_t token = 0;
  for (const std::uint32_t owner : map.owner_of_token) {
    int* const copies = traffic.copies_to_ep_rank.row(owner);
    int* const tokens = traffic.tokens_to_ep_rank.row(owner);
    int* const to_island = traffic.tokens_to_island.row(owner);
    const auto slots = visited.subspan(token * k, k);
    ++token;
    for (const std::uint16_t slot : slots) {
      if (slot == dropped_expert) continue;
      const std::uint32_t ep_rank = map.ep_rank_of_slot[slot];
      ++traffic.copies_of_slot[slot];
      ++copies[ep_rank];
      tokens[ep_rank] += seen_ep_rank.first(ep_rank, token);
      for (const std::uint32_t island : map.islands_of(ep_rank)) to_island[island] += seen_island.first(island, token);
    }
  }
  return traffic;
}

LayerTraffic draw_traffic(const TokenMap& map, const ExpertSampler& sampler, int moe_layer, int step,
                          std::optional<double> capacity, const ExpertSlots& slots, int first_token) {
  const std::size_t tokens = map.owner_of_token.size();
  std::vector<std::uint16_t> chosen(tokens * map.experts_per_token);
  const std::size_t drawn_together = map.sequences.size() * map.experts_per_token;
  const auto of_number = [&](int i) {
    return std::span(chosen).subspan(static_cast<std::size_t>(i) * drawn_together, drawn_together);
  };
  for (int i = 0; i < map.tokens_per_sequence; ++i)
    sampler.draw(moe_layer, token_index(step, first_token + i), map.sequences, of_number(i));
  int dropped = 0;
  if (capacity) {
    const int most = expert_capacity(*capacity, tokens, static_cast<int>(map.experts_per_token), map.experts);
    dropped = drop_beyond(most, map.experts, chosen);
  }
  for (int i = 0; i < map.tokens_per_sequence; ++i) {
    const auto ranks = std::span(map.ep_rank_of_token)
                           .subspan(static_cast<std::size_t>(i) * map.sequences.size(), map.sequences.size());
    slots.choose(moe_layer, static_cast<int>(token_index(step, first_token + i)),
                 {map.sequences, ranks, map.island_of_ep_rank}, of_number(i));
  }
  LayerTraffic traffic = count_traffic(map, chosen);
  traffic.dropped_copies = dropped;
  return traffic;
}

}  // namespace ringtail
