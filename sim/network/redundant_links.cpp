#include "network/redundant_links.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace ringtail {
namespace {

/// By link: those of all its routes, no faster than itself.
using Companions = std::vector<std::vector<std::uint32_t>>;

Companions companions(const Topology& topology) {
  Companions companions(topology.capacity.size());
  std::vector<std::uint8_t> is_used(topology.capacity.size());
  for_each_route(topology, [&](std::size_t, std::size_t, std::span<const std::uint32_t> route) {
    for (const std::uint32_t link : route) {
      auto& with = companions[link];
      if (is_used[link] != 0) {
        std::erase_if(with,
                      [&](std::uint32_t other) { return std::find(route.begin(), route.end(), other) == route.end(); });
        continue;
      }
      is_used[link] = 1;
      for (const std::uint32_t other : route)
        if (other != link && topology.capacity[other] <= topology.capacity[link]) with.push_back(other);
    }
  });
  return companions;
}

}  // namespace

Topology without_redundant_links(Topology topology) {
  const Companions with = companions(topology);
  std::vector<std::uint8_t> is_redundant(with.size());
  for (std::uint32_t link = 0; link < with.size(); ++link) {
    // Of links that are each other's companion (equal capacity, the same routes) the first one stays.
    is_redundant[link] = std::any_of(with[link].begin(), with[link].end(), [&](std::uint32_t other) {
      return other < link || std::find(with[other].begin(), with[other].end(), link) == with[other].end();
    });
  }
  if (std::find(is_redundant.begin(), is_redundant.end(), 1) == is_redundant.end()) return topology;
  std::vector<std::uint32_t> kept;
  kept.reserve(topology.route_links.size());
  for (Topology::Route& route : topology.routes) {
    const auto links = topology.links(route);
    route.first = static_cast<std::uint32_t>(kept.size());
    std::copy_if(links.begin(), links.end(), std::back_inserter(kept),
                 [&](std::uint32_t link) { return is_redundant[link] == 0; });
    route.length = static_cast<std::uint32_t>(kept.size()) - route.first;
  }
  topology.route_links = std::move(kept);
  return topology;
}

}  // namespace ringtail
