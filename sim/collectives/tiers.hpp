#pragma once

#include <vector>

#include "platform/platform.hpp"

namespace ringtail {

/// What a GPU's port (or its link to a peer) gives it in one network, per direction.
struct Tier {
  BytesPerSecond bandwidth = 0;  ///< As reached, not nominal.
  Seconds latency = 0;
};

/// The network as collectives see it: ranks on islands, rank r on GPU r, and two ports per GPU.
struct Tiers {
  int island_size = 1;
  Tier island;
  Tier fabric;
  bool mesh = false;  ///< Within islands each pair has a link like `island`, instead of a port per GPU.

  [[nodiscard]] int island_of(int rank) const { return rank / island_size; }

  /// True if ranks (ascending) lie on one island.
  [[nodiscard]] bool one_island(const std::vector<int>& ranks) const {
    return island_of(ranks.front()) == island_of(ranks.back());
  }
};

inline Tiers tiers_of(const Platform& platform) {
  const Island& island = platform.island;
  const Fabric& fabric = platform.fabric;
  return {island.size,
          {island.bandwidth * island.efficiency, island.latency},
          {fabric.bandwidth * fabric.efficiency, fabric.latency},
          island.topology == Island::Topology::mesh};
}

}  // namespace ringtail
