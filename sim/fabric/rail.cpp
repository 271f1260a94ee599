#include <algorithm>

#include "fabric/tiers.hpp"

/// Rail-optimised leaf/spine: NIC k of an island is on rail k. Each pod of leaf_size islands has one leaf per rail, and
/// all spines connect all leaves.
namespace ringtail {

namespace {

class Rail final : public SwitchNetwork {
 public:
  Rail(const Fabric& fabric, const NicLayout& nics, Links& links)
      : routing_(fabric.routing),
        rails_(nics.per_island),
        pod_islands_(std::min(fabric.leaf_size, nics.islands)),
        tier_(0) {
    const Uplinks up = uplinks(fabric.leaf_size, nic_bandwidth(fabric), fabric.oversubscription, fabric.spines);
    const int leaves = groups_of(pod_islands_, nics.islands) * rails_;
    tier_ = Tier(up.ways);
    if (leaves == 1) return;
    for (int leaf = 0; leaf < leaves; ++leaf)
      for (int spine = 0; spine < up.ways; ++spine)
        tier_.connect(links, fmt::format("leaf{}", leaf), fmt::format("spine{}", spine), up.bandwidth);
  }

  int route(int src_nic, int dst_nic, std::vector<LinkId>& links) const override {
    const std::size_t from = leaf(src_nic);
    const std::size_t to = leaf(dst_nic);
    if (from == to) return 1;
    const std::uint64_t spine = choose_way(routing_, in_leaf_order(src_nic), in_leaf_order(dst_nic), 1, tier_.ways());
    links.push_back(tier_.at(from, spine).up);
    links.push_back(tier_.at(to, spine).down);
    return 3;
  }

 private:
  [[nodiscard]] std::size_t leaf(int nic) const {
    const int pod = nic / rails_ / pod_islands_;
    return static_cast<std::size_t>(pod * rails_ + nic % rails_);
  }

  /// NICs numbered leaf by leaf, so that the NICs of one leaf take different spines.
  [[nodiscard]] int in_leaf_order(int nic) const {
    return static_cast<int>(leaf(nic)) * pod_islands_ + nic / rails_ % pod_islands_;
  }

  Fabric::Routing routing_;
  int rails_;
  int pod_islands_;
  Tier tier_;
};

}  // namespace

std::unique_ptr<SwitchNetwork> make_rail(const Fabric& fabric, const NicLayout& nics, Links& links) {
  return std::make_unique<Rail>(fabric, nics, links);
}

}  // namespace ringtail
