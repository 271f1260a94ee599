#include "decode/token_map.hpp"

#include <algorithm>
#include <map>

namespace ringtail {
namespace {

void find_islands(TokenMap& map, const Wiring& wiring) {
  std::map<int, std::vector<int>> members;
  for (int member = 0; member < map.members(); ++member) {
    const int rank = map.ranks[static_cast<std::size_t>(member)];
    members[wiring.island_of(rank)].push_back(member);
  }
  map.island_of_member.resize(map.ranks.size());
  for (auto& [number, on_island] : members) {
    for (const int member : on_island) map.island_of_member[static_cast<std::size_t>(member)] = map.islands();
    map.members_of_island.push_back(std::move(on_island));
  }
}

/// By member and island; the group may not have all GPUs of an island.
void find_relays(TokenMap& map, const Wiring& wiring) {
  const auto place_of = [&](int member) { return wiring.place_on_island(map.ranks[static_cast<std::size_t>(member)]); };
  for (int member = 0; member < map.members(); ++member) {
    const int place = place_of(member);
    for (const std::vector<int>& there : map.members_of_island) {
      const auto same = std::find_if(there.begin(), there.end(), [&](int other) { return place_of(other) == place; });
      map.relays.push_back(same != there.end() ? *same : there[static_cast<std::size_t>(place) % there.size()]);
    }
  }
}

/// The islands of each EP rank, its first GPU's first.
void find_ep_islands(TokenMap& map) {
  map.first_ep_island.push_back(0);
  for (int member = 0; member < map.members(); ++member) {
    const auto island = static_cast<std::uint32_t>(map.island_of(member));
    const auto own = map.ep_islands.begin() + static_cast<std::ptrdiff_t>(map.first_ep_island.back());
    if (std::find(own, map.ep_islands.end(), island) == map.ep_islands.end()) map.ep_islands.push_back(island);
    if (member % map.tp == 0) map.island_of_ep_rank.push_back(island);
    if ((member + 1) % map.tp == 0) map.first_ep_island.push_back(map.ep_islands.size());
  }
}

}  // namespace

TokenMap::TokenMap(const DecodeSpec& spec, int ffn_dp)
    : ranks(spec.layout.ffn_group(ffn_dp)),
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
  find_islands(*this, *spec.wiring);
  find_relays(*this, *spec.wiring);
  find_ep_islands(*this);
}

}  // namespace ringtail
