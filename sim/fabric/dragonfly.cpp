#include <fmt/format.h>

#include "fabric/tiers.hpp"

/// Dragonfly with minimal routing (Kim, Dally, Scott, Abts: Technology-driven, highly-scalable dragonfly topology, ISCA
/// 2008): the routers of a group are fully connected, and so are the groups. The global port number p of a group, on
/// its router p / global_links, leads to the group that is number p modulo (groups - 1) of the others.
namespace ringtail {

namespace {

class Dragonfly final : public SwitchNetwork {
 public:
  Dragonfly(const Fabric& fabric, const NicLayout& nics, Links& links)
      : routing_(fabric.routing),
        nics_per_router_(fabric.nics_per_router),
        routers_(fabric.routers_per_group),
        global_links_(fabric.global_links),
        groups_(groups_of(routers_ * nics_per_router_, nics.nics())),
        ways_(groups_ > 1 ? routers_ * global_links_ / (groups_ - 1) : 0) {
    for (int group = 0; group < groups_; ++group) {
      for (int a = 0; a < routers_; ++a)
        for (int b = 0; b < routers_; ++b) add_local(group, a, b, link_bandwidth(fabric), links);
      for (int other = 0; other + 1 < groups_; ++other)
        for (int way = 0; way < ways_; ++way)
          global_.push_back(
              links.add(fmt::format("group{}.group{}.global{}", group, other < group ? other : other + 1, way),
                        link_bandwidth(fabric)));
    }
  }

  int route(int src_nic, int dst_nic, std::vector<LinkId>& links) const override {
    const int from = src_nic / nics_per_router_;
    const int to = dst_nic / nics_per_router_;
    const int from_group = from / routers_;
    const int to_group = to / routers_;
    if (from_group == to_group) return 1 + local(from, to % routers_, links);
    const int way = static_cast<int>(choose_way(routing_, src_nic, dst_nic, 1, static_cast<std::uint64_t>(ways_)));
    int switches = 2 + local(from, port(from_group, to_group, way) / global_links_, links);
    links.push_back(global_[static_cast<std::size_t>(
        (from_group * (groups_ - 1) + number_of(from_group, to_group)) * ways_ + way)]);
    const int entry = to_group * routers_ + port(to_group, from_group, way) / global_links_;
    switches += local(entry, to % routers_, links);
    return switches;
  }

 private:
  void add_local(int group, int a, int b, BytesPerSecond bandwidth, Links& links) {
    const int first = group * routers_;
    // A router has no link to itself; its place in the table stays.
    local_.push_back(a == b ? 0 : links.add(fmt::format("router{}.router{}", first + a, first + b), bandwidth));
  }

  /// Appends the link to another router of the group, if it is another. Returns how many that is.
  int local(int from, int to_in_group, std::vector<LinkId>& links) const {
    if (from % routers_ == to_in_group) return 0;
    links.push_back(local_[static_cast<std::size_t>(from * routers_ + to_in_group)]);
    return 1;
  }

  /// The number of `to` among the groups other than `from`.
  [[nodiscard]] static int number_of(int from, int to) { return to < from ? to : to - 1; }
  [[nodiscard]] int port(int from, int to, int way) const { return way * (groups_ - 1) + number_of(from, to); }

  Fabric::Routing routing_;
  int nics_per_router_;
  int routers_;  ///< Of a group.
  int global_links_;
  int groups_;
  int ways_;                    ///< Links between two groups in each direction.
  std::vector<LinkId> local_;   ///< From router, to router in its group.
  std::vector<LinkId> global_;  ///< From group, number of the other group, way.
};

}  // namespace

std::unique_ptr<SwitchNetwork> make_dragonfly(const Fabric& fabric, const NicLayout& nics, Links& links) {
  return std::make_unique<Dragonfly>(fabric, nics, links);
}

}  // namespace ringtail
