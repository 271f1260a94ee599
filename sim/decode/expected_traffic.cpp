#include "decode/expected_traffic.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ringtail {

double hit_probability(const Moe& moe, double held) {
  double missed = 1;
  for (int i = 0; i < moe.experts_per_token; ++i) missed *= std::max(0.0, moe.experts - held - i) / (moe.experts - i);
  return 1 - missed;
}

LayerTraffic expected_traffic(const DecodeSpec& spec, const TokenMap& map, std::span<const double> inclusion) {
  const Moe& moe = *spec.model.moe;
  const double held = static_cast<double>(moe.experts) / map.ep_ranks;
  const double tokens = std::accumulate(map.ranks.begin(), map.ranks.end(), 0.0,
                                        [&](double sum, int rank) { return sum + spec.owned_tokens(rank); });
  const double owned = tokens / map.members();
  double touched = 0;
  for (const double p : inclusion) touched -= std::expm1(tokens * std::log1p(-std::min(p, 1.0)));

  const auto ep_ranks = static_cast<std::size_t>(map.ep_ranks);
  const double copies = owned * moe.experts_per_token / map.ep_ranks;
  std::vector<double> to_island;
  for (const std::vector<int>& on_island : map.members_of_island) {
    const auto gpus = static_cast<double>(on_island.size());
    to_island.push_back(owned * hit_probability(moe, std::min<double>(moe.experts, held * gpus / map.tp)));
  }
  LayerTraffic traffic{{},
                       OwnerCounts(std::vector(ep_ranks, copies)),
                       OwnerCounts(std::vector(ep_ranks, owned * hit_probability(moe, held))),
                       OwnerCounts(std::move(to_island))};
  traffic.expected = ExpectedLoad{tokens * moe.experts_per_token / map.ep_ranks, touched / map.ep_ranks};
  return traffic;
}

}  // namespace ringtail
