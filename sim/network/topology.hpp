#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.hpp"

namespace ringtail {

/// Ranks that a simulation can have: routes are tables of rank x rank, 0.5 GB at this number.
inline constexpr int most_ranks = 4096;

/// Links, and the route from each rank to each other one.
struct Topology {
  struct Route {
    std::uint32_t first = 0;  ///< Where its links begin in `route_links`.
    std::uint32_t length = 0;
    Seconds latency = 0;  ///< Paid by each transfer before it uses the links.
  };

  int ranks = 0;
  std::vector<BytesPerSecond> capacity;    ///< By link; finite and more than zero.
  std::vector<std::uint32_t> route_links;  ///< The routes' links, one route after another.
  std::vector<Route> routes;               ///< From src to dst: src * ranks + dst; of no links where nothing is sent.

  [[nodiscard]] const Route& route(int src, int dst) const {
    return routes[static_cast<std::size_t>(src) * static_cast<std::size_t>(ranks) + static_cast<std::size_t>(dst)];
  }
  [[nodiscard]] std::span<const std::uint32_t> links(const Route& route) const {
    return {route_links.data() + route.first, route.length};
  }
};

/// Calls `visit(src, dst, links)` for each pair of ranks with a route.
template <class Visit>
void for_each_route(const Topology& topology, const Visit& visit) {
  for (int src = 0; src < topology.ranks; ++src)
    for (int dst = 0; dst < topology.ranks; ++dst)
      if (const Topology::Route& route = topology.route(src, dst); route.length > 0)
        visit(src, dst, topology.links(route));
}

}  // namespace ringtail
