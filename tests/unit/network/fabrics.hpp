#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "fabric/wiring.hpp"
#include "network/topology.hpp"
#include "platform/platform.hpp"

/// Networks of real fabrics for tests.
namespace ringtail::testing {

inline void add_routes(Topology& topology, const Wiring& wiring, Copier copier) {
  for (int src = 0; src < wiring.gpus(); ++src) {
    for (int dst = 0; dst < wiring.gpus(); ++dst) {
      Topology::Route route{static_cast<std::uint32_t>(topology.route_links.size())};
      if (src != dst) route.latency = wiring.route(src, dst, topology.route_links, copier);
      route.length = static_cast<std::uint32_t>(topology.route_links.size()) - route.first;
      topology.routes.push_back(route);
    }
  }
}

/// Class 1 is that of dispatch, if it is limited; dense collectives are not.
inline Topology topology_of(const Wiring& wiring) {
  Topology topology;
  topology.ranks = wiring.gpus();
  for (const Link& link : wiring.links()) topology.capacity.push_back(link.bandwidth);
  add_routes(topology, wiring, Copier::none);
  if (wiring.is_limited(Copier::dispatch)) {
    topology.class_of[static_cast<std::size_t>(Copier::dispatch)] = 1;
    add_routes(topology, wiring, Copier::dispatch);
  }
  return topology;
}

/// Islands of GPUs with 450 GB/s each and NICs of 50 GB/s on a fabric.
inline Platform fabric_platform(const Fabric& fabric, int island, Seconds island_latency, Seconds fabric_latency) {
  Platform platform;
  platform.island = {island, 450e9, 1.0, island_latency};
  platform.fabric = fabric;
  platform.fabric.bandwidth = 50e9;
  platform.fabric.latency = fabric_latency;
  return platform;
}

inline Topology fabric_topology(const Fabric& fabric, int gpus, int island) {
  return topology_of(Wiring(fabric_platform(fabric, island, 1e-6, 5e-6), gpus));
}

inline Fabric fat_tree(double oversubscription, int leaf_size,
                       Fabric::Routing routing = Fabric::Routing::by_destination) {
  Fabric fabric;
  fabric.topology = Fabric::Topology::fat_tree;
  fabric.leaf_size = leaf_size;
  fabric.oversubscription = oversubscription;
  fabric.routing = routing;
  return fabric;
}

inline Fabric rail(double oversubscription, int leaf_size) {
  Fabric fabric = fat_tree(oversubscription, leaf_size);
  fabric.topology = Fabric::Topology::rail;
  return fabric;
}

inline Fabric three_levels(double oversubscription, int leaf_size, int pod_leaves) {
  Fabric fabric = fat_tree(oversubscription, leaf_size);
  fabric.levels = 3;
  fabric.pod_leaves = pod_leaves;
  fabric.core_oversubscription = 2;
  return fabric;
}

inline Fabric torus(std::vector<int> dimensions) {
  Fabric fabric;
  fabric.topology = Fabric::Topology::torus;
  fabric.dimensions = std::move(dimensions);
  return fabric;
}

inline Fabric dragonfly(int routers_per_group, int nics_per_router, int global_links) {
  Fabric fabric;
  fabric.topology = Fabric::Topology::dragonfly;
  fabric.routers_per_group = routers_per_group;
  fabric.nics_per_router = nics_per_router;
  fabric.global_links = global_links;
  return fabric;
}

}  // namespace ringtail::testing
