#include "collectives/formula.hpp"

#include <algorithm>
#include <map>

namespace ringtail {
namespace {

/// Of the group's ranks, those on the island that has most.
int most_on_an_island(const Group& group) {
  std::map<int, int> on_island;
  int most = 0;
  for (const int rank : group.ranks) most = std::max(most, ++on_island[group.wiring.island_of(rank)]);
  return most;
}

/// A rank's links on its island to `peers` peers together: one port, or in a mesh a link to each.
Seconds island_time(const Wiring& wiring, int peers, Bytes bytes) {
  const Island& island = wiring.island();
  const int links = island.topology == Island::Topology::mesh ? std::max(1, peers) : 1;
  return island.latency + bytes / (links * island.bandwidth * island.efficiency);
}

/// A rank's share of its island's NICs.
Seconds fabric_time(const Wiring& wiring, Bytes bytes) {
  const Fabric& fabric = wiring.fabric();
  const double size = wiring.island().size;
  const double nics = std::min(1.0, fabric.nics_per_island.value_or(wiring.island().size) / size);
  return fabric.latency + bytes / (nics * fabric.bandwidth * fabric.efficiency);
}

Seconds ring_time(Bytes bytes, const Group& group) {
  const auto ranks = static_cast<double>(group.ranks.size());
  return (ranks - 1) * formula_hop(bytes / ranks, group);
}

}  // namespace

Seconds formula_hop(Bytes bytes, const Group& group) {
  const bool leaves_island = most_on_an_island(group) < static_cast<int>(group.ranks.size());
  return leaves_island ? fabric_time(group.wiring, bytes) : island_time(group.wiring, 1, bytes);
}

Seconds formula_exchange(Bytes bytes, const Group& group) {
  const int ranks = static_cast<int>(group.ranks.size());
  if (ranks == 1 || bytes <= 0) return 0;
  const int inside = most_on_an_island(group);
  Seconds slowest = 0;
  if (inside > 1) slowest = island_time(group.wiring, inside - 1, bytes * (inside - 1) / ranks);
  if (ranks > inside) slowest = std::max(slowest, fabric_time(group.wiring, bytes * (ranks - inside) / ranks));
  return slowest;
}

Seconds formula_gather(Bytes bytes, const Group& group) {
  if (group.ranks.size() == 1 || bytes <= 0) return 0;
  return std::min(ring_time(bytes, group), formula_exchange(bytes, group));
}

}  // namespace ringtail
