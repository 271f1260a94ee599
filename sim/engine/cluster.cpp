#include "engine/cluster.hpp"

#include <fmt/format.h>
#include <xbt/log.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <stdexcept>
#include <unordered_map>

#include "engine/payload.hpp"

namespace ringtail {
namespace {

namespace sg4 = simgrid::s4u;
namespace routing = simgrid::kernel::routing;

/// The options under which SimGrid's own Comms and Execs are exact.
void configure(sg4::Engine& engine) {
  const std::array options{
      // Not the default LV08, which is fitted to TCP over Ethernet: latency times 13, bandwidth times 0.97.
      "network/model:CM02",
      // Every rate anew at every event. Lazy, the default, has left links out of the new shares (3.32 and 4.1).
      "network/optim:Full",
      // No acknowledgements that take 5 % of the way back.
      "network/crosstraffic:0",
      // No TCP window, and shares that do not depend on the number of links.
      "network/TCP-gamma:1e30",
      "network/weight-S:0",
      // Seconds and relative shares that count as zero. The default 1e-9 s is 450 bytes of NVLink.
      "surf/precision:1e-13",
      "maxmin/precision:1e-9",
  };
  xbt_log_control_set("root.thresh:critical");  // SimGrid reports each option otherwise.
  for (const char* option : options) engine.set_config(option);
  engine.set_config(fmt::format("network/bandwidth-factor:{}", payload_per_byte));
}

/// The out and in link of a GPU on each tier.
struct Ports {
  std::array<sg4::Link*, 2> nvlink;
  std::array<sg4::Link*, 2> nic;
};

/// Hosts know their GPU by their number in the zone, so that routes need no table.
class ClusterZone final : public routing::NetZoneImpl {
 public:
  explicit ClusterZone(int island_size)
      : NetZoneImpl("cluster"), island_size_(static_cast<unsigned long>(island_size)) {}

  void add(const Ports& ports) { ports_.push_back(ports); }

  void get_local_route(const routing::NetPoint* src, const routing::NetPoint* dst, routing::Route* into,
                       double* /*latency*/) override {
    const unsigned long from = src->id() / hosts_per_gpu;
    const unsigned long to = dst->id() / hosts_per_gpu;
    const bool inside = from / island_size_ == to / island_size_;
    into->link_list_.push_back((inside ? ports_[from].nvlink : ports_[from].nic)[0]->get_impl());
    into->link_list_.push_back((inside ? ports_[to].nvlink : ports_[to].nic)[1]->get_impl());
  }

  void get_graph(const s_xbt_graph_t* /*graph*/, std::map<std::string, xbt_node_t, std::less<>>* /*nodes*/,
                 std::map<std::string, xbt_edge_t, std::less<>>* /*edges*/) override {}

 private:
  static constexpr unsigned long hosts_per_gpu = 2;

  unsigned long island_size_;
  std::vector<Ports> ports_;  ///< By GPU.
};

std::array<sg4::Link*, 2> port(sg4::NetZone& zone, const std::string& name, BytesPerSecond bandwidth) {
  const auto link = [&](const char* direction) {
    return zone.create_link(name + direction, bandwidth)->set_latency(0.0)->seal();
  };
  return {link(".out"), link(".in")};
}

}  // namespace

Cluster::Cluster(sg4::Engine& engine, const Platform& platform, int gpus, std::vector<int> slot_of_rank)
    : slot_of_rank_(std::move(slot_of_rank)),
      island_size_(platform.island.size),
      island_latency_(platform.island.latency),
      fabric_latency_(platform.fabric.latency) {
  std::vector<int> slots(static_cast<std::size_t>(gpus));
  std::iota(slots.begin(), slots.end(), 0);
  if (slot_of_rank_.empty()) slot_of_rank_ = slots;
  if (!std::is_permutation(slots.begin(), slots.end(), slot_of_rank_.begin(), slot_of_rank_.end()))
    throw std::invalid_argument("ranks must be on different GPUs of the cluster");
  configure(engine);
  auto* impl = new ClusterZone(island_size_);  // SimGrid owns it as its first zone, the root.
  sg4::NetZone& zone = *impl->get_iface();
  for (int g = 0; g < gpus; ++g) {
    const std::string name = fmt::format("gpu{}", g);
    compute_.push_back(zone.create_host(name, platform.gpu.peak.bf16));
    hbm_.push_back(zone.create_host(name + ".hbm", platform.gpu.hbm.bandwidth));
    impl->add({port(zone, name + ".nvlink", platform.island.bandwidth * platform.island.efficiency),
               port(zone, name + ".nic", platform.fabric.bandwidth * platform.fabric.efficiency)});
  }
  zone.seal();
}

Seconds Cluster::latency(int src, int dst) const {
  const auto island = static_cast<std::size_t>(island_size_);
  return gpu(src) / island == gpu(dst) / island ? island_latency_ : fabric_latency_;
}

Topology Cluster::topology() const {
  Topology topology;
  topology.ranks = gpus();
  std::unordered_map<const sg4::Link*, std::uint32_t> id_of;
  std::vector<sg4::Link*> links;
  for (int src = 0; src < gpus(); ++src) {
    for (int dst = 0; dst < gpus(); ++dst) {
      links.clear();
      if (src != dst) compute_host(src)->route_to(compute_host(dst), links, nullptr);
      topology.routes.push_back({static_cast<std::uint32_t>(topology.route_links.size()),
                                 static_cast<std::uint32_t>(links.size()), latency(src, dst)});
      for (const sg4::Link* link : links) {
        const auto [at, is_new] = id_of.try_emplace(link, static_cast<std::uint32_t>(topology.capacity.size()));
        if (is_new) topology.capacity.push_back(link->get_bandwidth());
        topology.route_links.push_back(at->second);
      }
    }
  }
  return topology;
}

}  // namespace ringtail
