#include <algorithm>

#include "fabric/tiers.hpp"

/// Fat-tree: leaf_size NICs in a row on each leaf; spines above all leaves (two levels), or above the leaves of a pod,
/// with cores between pods (three levels). Spine number s of each pod is connected to the cores s * ways .. s * ways +
/// ways - 1, as in an extended generalised fat-tree (Ohring, Ibel, Das, Kumar: On generalized fat trees, IPPS 1995).
namespace ringtail {

namespace {

class FatTree final : public SwitchNetwork {
 public:
  FatTree(const Fabric& fabric, const NicLayout& nics, Links& links)
      : routing_(fabric.routing),
        leaf_size_(std::min(fabric.leaf_size, nics.nics())),
        pod_size_(pod_size(fabric, nics.nics())),
        to_spines_(0),
        to_cores_(0) {
    const Uplinks up = uplinks(fabric.leaf_size, nic_bandwidth(fabric), fabric.oversubscription, fabric.spines);
    to_spines_ = Tier(up.ways);
    const int leaves = groups_of(leaf_size_, nics.nics());
    const int pods = groups_of(pod_size_, nics.nics());
    for (int leaf = 0; leaves > 1 && leaf < leaves; ++leaf)
      for (int spine = 0; spine < up.ways; ++spine)
        to_spines_.connect(links, fmt::format("leaf{}", leaf),
                           fmt::format("spine{}", leaf * leaf_size_ / pod_size_ * up.ways + spine), up.bandwidth);
    if (pods > 1) add_cores(fabric, pods, up, links);
  }

  int route(int src_nic, int dst_nic, std::vector<LinkId>& links) const override {
    const auto from = static_cast<std::size_t>(src_nic / leaf_size_);
    const auto to = static_cast<std::size_t>(dst_nic / leaf_size_);
    if (from == to) return 1;
    const std::size_t way = choose_way(routing_, src_nic, dst_nic, 1, to_spines_.ways());
    const auto from_pod = static_cast<std::size_t>(src_nic / pod_size_);
    const auto to_pod = static_cast<std::size_t>(dst_nic / pod_size_);
    links.push_back(to_spines_.at(from, way).up);
    if (from_pod != to_pod) {
      const std::size_t core = choose_way(routing_, src_nic, dst_nic, to_spines_.ways(), to_cores_.ways());
      links.push_back(to_cores_.at(from_pod * to_spines_.ways() + way, core).up);
      links.push_back(to_cores_.at(to_pod * to_spines_.ways() + way, core).down);
    }
    links.push_back(to_spines_.at(to, way).down);
    return from_pod == to_pod ? 3 : 5;
  }

 private:
  /// NICs under the same spines; with two levels these are all.
  static int pod_size(const Fabric& fabric, int nics) {
    const std::int64_t size = std::int64_t{fabric.leaf_size} * fabric.pod_leaves;
    return fabric.levels == 3 ? static_cast<int>(std::min<std::int64_t>(size, nics)) : nics;
  }

  void add_cores(const Fabric& fabric, int pods, const Uplinks& spine, Links& links) {
    const Uplinks up = uplinks(fabric.pod_leaves, spine.bandwidth, fabric.core_oversubscription);
    to_cores_ = Tier(up.ways);
    for (int s = 0; s < pods * spine.ways; ++s)
      for (int core = 0; core < up.ways; ++core)
        to_cores_.connect(links, fmt::format("spine{}", s), fmt::format("core{}", s % spine.ways * up.ways + core),
                          up.bandwidth);
  }

  Fabric::Routing routing_;
  int leaf_size_;
  int pod_size_;  ///< In NICs.
  Tier to_spines_;
  Tier to_cores_;
};

}  // namespace

std::unique_ptr<SwitchNetwork> make_fat_tree(const Fabric& fabric, const NicLayout& nics, Links& links) {
  return std::make_unique<FatTree>(fabric, nics, links);
}

}  // namespace ringtail
