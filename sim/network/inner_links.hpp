#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.hpp"

namespace ringtail {

/// The links between the egress and the ingress ports of a set of routes. Sources whose routes to each ingress port
/// have the same inner links are one *origin*: the GPUs below one leaf switch, say.
struct InnerLinks {
  std::vector<BytesPerSecond> capacity;  ///< By inner link.
  std::size_t ports = 0;                 ///< Ingress ports.
  std::vector<std::uint32_t> first;      ///< By origin * ports + ingress, and one more: where its links begin.
  std::vector<std::uint32_t> links;

  [[nodiscard]] bool empty() const { return capacity.empty(); }
  [[nodiscard]] std::span<const std::uint32_t> between(std::size_t origin, std::size_t ingress) const {
    const std::size_t at = origin * ports + ingress;
    return {links.data() + first[at], first[at + 1] - first[at]};
  }
};

}  // namespace ringtail
