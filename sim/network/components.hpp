#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "network/topology.hpp"

namespace ringtail {

/// The sets of links that share routes, directly or over other links. A set is a crossbar if each of its routes is an
/// egress and an ingress port: two links, none of them first in one route and second in another.
class Components {
 public:
  /// Capacities of a crossbar's ports.
  struct Sides {
    std::vector<BytesPerSecond> egress;
    std::vector<BytesPerSecond> ingress;
  };
  /// Where a route crosses which crossbar.
  struct Ports {
    std::uint32_t crossbar = 0;
    std::uint16_t egress = 0;
    std::uint16_t ingress = 0;
  };

  explicit Components(const Topology& topology);

  [[nodiscard]] const std::vector<Sides>& crossbars() const { return crossbars_; }

  /// Nothing if the route's component is no crossbar.
  [[nodiscard]] std::optional<Ports> ports(std::span<const std::uint32_t> route) const;

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  struct Port {
    std::uint32_t crossbar = none;
    std::uint16_t number = 0;
  };

  void number(std::uint32_t link, std::uint32_t set, bool is_egress, BytesPerSecond capacity);

  std::vector<std::uint32_t> crossbar_of_set_;
  std::vector<Port> ports_;  ///< By link.
  std::vector<Sides> crossbars_;
};

}  // namespace ringtail
