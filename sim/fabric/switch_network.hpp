#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fabric/links.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// The switches between NICs and the links between them; the links between a NIC and its switch are not among them.
/// Routes are computed, not stored.
class SwitchNetwork {
 public:
  virtual ~SwitchNetwork() = default;

  /// Appends the links between switches on the way from one NIC to another. Returns the number of switches passed.
  virtual int route(int src_nic, int dst_nic, std::vector<LinkId>& links) const = 0;
};

/// NICs by island: NIC k of island i has the number i * per_island + k.
struct NicLayout {
  int islands = 0;
  int per_island = 1;

  [[nodiscard]] int nics() const { return islands * per_island; }
};

/// Adds the fabric's links between switches to `links`. Throws std::invalid_argument if the fabric cannot connect the
/// NICs (why: fabric_problem).
std::unique_ptr<SwitchNetwork> make_switch_network(const Fabric& fabric, const NicLayout& nics, Links& links);

/// One of `ways` equal ways for a pair: dst modulo ways, or a fixed function of both (the finaliser of SplitMix64,
/// Steele, Lea, Flood, OOPSLA 2014). `lower` ways were chosen among on the levels below; their choice is divided out.
std::uint64_t choose_way(Fabric::Routing routing, int src, int dst, std::uint64_t lower, std::uint64_t ways);

/// Links of a router or switch towards others reach this.
inline BytesPerSecond nic_bandwidth(const Fabric& fabric) { return fabric.bandwidth * fabric.efficiency; }
inline BytesPerSecond link_bandwidth(const Fabric& fabric) {
  return fabric.link_bandwidth.value_or(fabric.bandwidth) * fabric.efficiency;
}

// The topologies.
std::unique_ptr<SwitchNetwork> make_single_switch();
std::unique_ptr<SwitchNetwork> make_rail(const Fabric& fabric, const NicLayout& nics, Links& links);
std::unique_ptr<SwitchNetwork> make_fat_tree(const Fabric& fabric, const NicLayout& nics, Links& links);
std::unique_ptr<SwitchNetwork> make_dragonfly(const Fabric& fabric, const NicLayout& nics, Links& links);
std::unique_ptr<SwitchNetwork> make_torus(const Fabric& fabric, const NicLayout& nics, Links& links);

}  // namespace ringtail
