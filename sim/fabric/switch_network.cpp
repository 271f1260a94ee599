#include "fabric/switch_network.hpp"

namespace ringtail {

namespace {

std::uint64_t mix(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

class SingleSwitch final : public SwitchNetwork {
 public:
  int route(int /*src_nic*/, int /*dst_nic*/, std::vector<LinkId>& /*links*/) const override { return 1; }
};

}  // namespace

std::uint64_t choose_way(Fabric::Routing routing, int src, int dst, std::uint64_t lower, std::uint64_t ways) {
  const auto to = static_cast<std::uint64_t>(dst);
  const std::uint64_t key = routing == Fabric::Routing::hashed ? mix(static_cast<std::uint64_t>(src) << 32 | to) : to;
  return key / lower % ways;
}

std::unique_ptr<SwitchNetwork> make_single_switch() { return std::make_unique<SingleSwitch>(); }

std::unique_ptr<SwitchNetwork> make_switch_network(const Fabric& fabric, const NicLayout& nics, Links& links) {
  switch (fabric.topology) {
    case Fabric::Topology::single_switch: return make_single_switch();
    case Fabric::Topology::rail: return make_rail(fabric, nics, links);
    case Fabric::Topology::fat_tree: return make_fat_tree(fabric, nics, links);
    case Fabric::Topology::dragonfly: return make_dragonfly(fabric, nics, links);
    case Fabric::Topology::torus: return make_torus(fabric, nics, links);
  }
  return nullptr;
}

}  // namespace ringtail
