#include "closed_form/islands.hpp"

#include <algorithm>

namespace ringtail::closed_form {

Spread spread_of(const RankGroup& group, const Platform& platform) {
  return {.ranks = group.ranks, .inside = std::clamp(platform.island.size / group.stride, 1, group.ranks)};
}

Link island_link(const Platform& platform, int peers) {
  const Island& island = platform.island;
  const int links = island.topology == Island::Topology::mesh ? std::max(1, peers) : 1;
  return {island.latency, links * island.bandwidth * island.efficiency};
}

Link fabric_link(const Platform& platform) {
  const Fabric& fabric = platform.fabric;
  const double size = platform.island.size;
  const double nics = std::min(1.0, fabric.nics_per_island.value_or(platform.island.size) / size);
  return {fabric.latency, nics * fabric.bandwidth * fabric.efficiency};
}

Link ring_link(const Spread& spread, const Platform& platform) {
  return spread.inside == spread.ranks ? island_link(platform, 1) : fabric_link(platform);
}

}  // namespace ringtail::closed_form
