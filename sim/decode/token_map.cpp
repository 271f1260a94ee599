#include "decode/token_map.hpp"

#include <algorithm>

namespace ringtail {

TokenMap::TokenMap(const DecodeSpec& spec, int ffn_dp)
    : ranks(spec.layout.ffn_group(ffn_dp)),
      island_size(spec.wiring->island().size),
      first_island(ranks.front() / island_size),
      islands(ranks.back() / island_size - first_island + 1),
      ep_ranks(spec.layout.parallelism().ffn.ep),
      experts(spec.model.moe->experts),
      experts_per_token(static_cast<std::size_t>(spec.model.moe->experts_per_token)),
      tokens_per_sequence(spec.layout.tokens_per_sequence()),
      tp(spec.layout.parallelism().ffn.tp) {
  const std::vector<int> places = spec.layout.ffn_group_sequences(ffn_dp);
  for (const int place : places) sequences.push_back(spec.sequence_id(place));
  for (int token = 0; token < tokens_per_sequence; ++token)
    for (const int place : places)
      owner_of_token.push_back(static_cast<std::uint32_t>(member_of(spec.layout.owner(place, token))));
  for (const std::uint32_t owner : owner_of_token) ep_rank_of_token.push_back(owner / static_cast<unsigned>(tp));
  for (int slot = 0; slot < spec.layout.expert_slots(); ++slot)
    ep_rank_of_slot.push_back(
        static_cast<std::uint32_t>((spec.layout.slot_holders(slot).front() - spec.layout.first_rank()) / tp));
  for (int ep = 0; ep < ep_ranks; ++ep)
    islands_of_ep_rank.push_back(
        {static_cast<std::uint32_t>(island_of(ep * tp)), static_cast<std::uint32_t>(island_of((ep + 1) * tp - 1))});
  for (const IslandRange& range : islands_of_ep_rank) island_of_ep_rank.push_back(range.first);
}

int TokenMap::island_begin(int island) const {
  return std::max((first_island + island) * island_size - ranks.front(), 0);
}

int TokenMap::island_end(int island) const {
  return std::min((first_island + island + 1) * island_size - ranks.front(), members());
}

int TokenMap::on_rail(int member, int island) const {
  const int begin = island_begin(island);
  const int place = (ranks.front() + member) % island_size;
  const int same_place = (first_island + island) * island_size + place - ranks.front();
  if (same_place >= begin && same_place < island_end(island)) return same_place;
  return begin + place % (island_end(island) - begin);
}

}  // namespace ringtail
