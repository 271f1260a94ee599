#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/copier.hpp"
#include "base/units.hpp"

namespace ringtail {

/// Ranks that a simulation can have: routes are tables of rank x rank, 0.5 GB at this number,
/// and as much for each endpoint limit.
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
  /// By `index`; of no links where nothing is sent. Copiers whose routes are alike are one class.
  std::vector<Route> routes;
  std::array<std::size_t, copier_count> class_of{};  ///< By copier; class 0 has no endpoint limit.

  /// (class * ranks + src) * ranks + dst.
  [[nodiscard]] std::size_t index(int src, int dst, Copier copier = Copier::none) const {
    const auto n = static_cast<std::size_t>(ranks);
    return (class_of[static_cast<std::size_t>(copier)] * n + static_cast<std::size_t>(src)) * n +
           static_cast<std::size_t>(dst);
  }
  [[nodiscard]] const Route& route(int src, int dst, Copier copier = Copier::none) const {
    return routes[index(src, dst, copier)];
  }
  [[nodiscard]] std::span<const std::uint32_t> links(const Route& route) const {
    return {route_links.data() + route.first, route.length};
  }
};

/// Calls `visit(source, dst, links)` for each route; the source is a rank in a class: class * ranks + src.
template <class Visit>
void for_each_route(const Topology& topology, const Visit& visit) {
  const auto ranks = static_cast<std::size_t>(topology.ranks);
  for (std::size_t r = 0; r < topology.routes.size(); ++r)
    if (const Topology::Route& route = topology.routes[r]; route.length > 0)
      visit(r / ranks, r % ranks, topology.links(route));
}

}  // namespace ringtail
