#include "decode/token_map.hpp"

#include <algorithm>
#include <numeric>

namespace ringtail {

TokenMap::TokenMap(const DecodeSpec& spec)
    : island_size(spec.tiers.island_size),
      islands((spec.layout.ranks() + island_size - 1) / island_size),
      ep_ranks(spec.layout.parallelism().ffn.ep),
      experts_per_token(static_cast<std::size_t>(spec.model.moe->experts_per_token)),
      tp(spec.layout.parallelism().ffn.tp),
      ranks(static_cast<std::size_t>(spec.layout.ranks())) {
  std::iota(ranks.begin(), ranks.end(), 0);
  for (int sequence = 0; sequence < spec.layout.batch_total(); ++sequence)
    owner_of_sequence.push_back(static_cast<std::uint32_t>(spec.layout.owner(sequence)));
  for (int expert = 0; expert < spec.model.moe->experts; ++expert)
    ep_rank_of_expert.push_back(static_cast<std::uint32_t>(spec.layout.expert_holders(expert).front() / tp));
  for (int ep = 0; ep < ep_ranks; ++ep)
    islands_of_ep_rank.push_back(
        {static_cast<std::uint32_t>(island_of(ep * tp)), static_cast<std::uint32_t>(island_of((ep + 1) * tp - 1))});
}

int TokenMap::island_end(int island) const {
  return std::min((island + 1) * island_size, static_cast<int>(ranks.size()));
}

int TokenMap::on_rail(int rank, int island) const {
  const int size = island_end(island) - island_begin(island);
  return island_begin(island) + rank % island_size % size;
}

}  // namespace ringtail
