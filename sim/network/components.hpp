#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "network/inner_links.hpp"
#include "network/topology.hpp"

namespace ringtail {

/// Where the flows from one rank to another go.
struct Path {
  std::uint32_t component = 0;
  std::uint32_t route = 0;   ///< Number among the component's routes.
  std::uint16_t egress = 0;  ///< Port numbers in the component, if it has ports.
  std::uint16_t ingress = 0;
  std::uint16_t origin = 0;  ///< Of `ComponentLinks::inner`.
};

/// Links that share routes with each other, directly or over other links, and with no other link.
struct ComponentLinks {
  std::vector<BytesPerSecond> capacity;  ///< By link, numbered within the component.
  std::vector<std::uint32_t> first;      ///< By route, and one more: where its links begin in `route_links`.
  std::vector<std::uint32_t> route_links;
  /// Ports: links that are the first, or the last, of all their routes. None if some link is neither these nor always
  /// between two of them, or a source has two ways to one last link.
  std::vector<BytesPerSecond> egress;
  std::vector<BytesPerSecond> ingress;
  InnerLinks inner;         ///< What is between ports; empty if all routes are two ports: a crossbar.
  std::size_t longest = 0;  ///< Links of a route.

  [[nodiscard]] std::size_t routes() const { return first.empty() ? 0 : first.size() - 1; }
  [[nodiscard]] bool has_ports() const { return !egress.empty(); }
  [[nodiscard]] bool is_crossbar() const { return has_ports() && inner.empty(); }
  [[nodiscard]] std::span<const std::uint32_t> links(std::uint32_t route) const {
    return {route_links.data() + first[route], first[route + 1] - first[route]};
  }
};

/// The components of a topology. Those without ports, such as the single links of a mesh, are all in one.
struct Components {
  std::vector<ComponentLinks> all;
  std::vector<Path> paths;  ///< By Topology::index.
};

[[nodiscard]] Components components_of(const Topology& topology);

}  // namespace ringtail
