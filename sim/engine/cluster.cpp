#include "engine/cluster.hpp"

#include <fmt/format.h>
#include <xbt/log.h>

#include <algorithm>
#include <array>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>

#include "engine/degraded_program.hpp"
#include "engine/payload.hpp"
#include "engine/simgrid_compat.hpp"

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
  };
  xbt_log_control_set("root.thresh:critical");  // SimGrid reports each option otherwise.
  for (const char* option : options) engine.set_config(option);
  engine.set_config(fmt::format("network/bandwidth-factor:{}", payload_per_byte));
  // Seconds and relative shares that count as zero. The default 1e-9 s is 450 bytes of NVLink.
  engine.set_config(fmt::format("{}:1e-13", simgrid_compat::time_precision));
  engine.set_config(fmt::format("{}:1e-9", simgrid_compat::share_precision));
}

constexpr std::array limited_copiers = {Copier::dispatch, Copier::dense};

/// Hosts know their rank, and what copies between them, by their number in the zone, so that routes need no table.
class ClusterZone final : public routing::NetZoneImpl {
 public:
  explicit ClusterZone(const Wiring& wiring) : NetZoneImpl("cluster"), wiring_(wiring) {
    for (const Copier copier : limited_copiers)
      if (wiring.is_limited(copier)) copier_.push_back(copier);
  }

  /// The wiring's links, in its order.
  void add_links() {
    for (const Link& link : wiring_.links())
      links_.push_back(simgrid_compat::add_link(*get_iface(), link.name, link.bandwidth)->set_latency(0.0)->seal());
  }

  [[nodiscard]] const std::vector<sg4::Link*>& links() const { return links_; }

  void get_local_route(const routing::NetPoint* src, const routing::NetPoint* dst, routing::Route* into,
                       double* /*latency*/) override {
    std::vector<LinkId> route;
    wiring_.route(static_cast<int>(src->id() / copier_.size()), static_cast<int>(dst->id() / copier_.size()), route,
                  copier_[src->id() % copier_.size()]);
    for (const LinkId link : route) into->link_list_.push_back(links_[link]->get_impl());
  }

  void get_graph(const s_xbt_graph_t* /*graph*/, std::map<std::string, xbt_node_t, std::less<>>* /*nodes*/,
                 std::map<std::string, xbt_edge_t, std::less<>>* /*edges*/) override {}

 private:
  const Wiring& wiring_;
  std::vector<sg4::Link*> links_;
  std::vector<Copier> copier_{Copier::none, Copier::none};  ///< By place among a rank's hosts: compute, HBM, limits.
};

/// Kernels say how long they need the compute resource, so a host's speed is a matter of units; it must not be zero.
FlopsPerSecond nominal_speed(const PeakFlops& peak) { return std::max({peak.bf16, peak.fp8, peak.fp4, peak.fp32}); }

}  // namespace

Cluster::Cluster(sg4::Engine& engine, const Platform& platform, int gpus, std::vector<int> gpu_of_rank,
                 const EndpointLimits& limits)
    : wiring_(std::make_unique<Wiring>(platform, gpus, limits, std::move(gpu_of_rank))) {
  configure(engine);
  auto* zone = new ClusterZone(*wiring_);  // SimGrid owns it.
  simgrid_compat::add_to_platform(engine, zone);
  add_hosts(*zone->get_iface(), platform);
  zone->add_links();
  links_ = zone->links();
  zone->get_iface()->seal();
}

/// In the order in which ClusterZone counts them.
void Cluster::add_hosts(sg4::NetZone& zone, const Platform& platform) {
  for (int rank = 0; rank < gpus(); ++rank) {
    const std::string name = fmt::format("gpu{}", wiring_->gpu(rank));
    const GpuSpeed speed = gpu_speed(platform, wiring_->gpu(rank));
    const FlopsPerSecond flops = nominal_speed(platform.gpu.peak) * speed.compute;
    compute_.push_back(simgrid_compat::add_host(zone, name, flops));
    hbm_.push_back(simgrid_compat::add_host(zone, name + ".hbm", platform.gpu.hbm.bandwidth * speed.hbm));
    for (const Copier copier : limited_copiers) {
      if (!wiring_->is_limited(copier)) continue;
      const std::string_view sms = copier == Copier::dispatch ? "dispatch_sms" : "dense_sms";
      endpoints_[static_cast<std::size_t>(copier)].push_back(
          simgrid_compat::add_host(zone, fmt::format("{}.{}", name, sms), flops));
    }
  }
}

Seconds Cluster::latency(int src, int dst) const {
  std::vector<LinkId> links;
  return wiring_->route(src, dst, links);
}

Topology Cluster::topology(int block) const {
  Topology topology;
  topology.ranks = gpus();
  for (const sg4::Link* link : links_) topology.capacity.push_back(link->get_bandwidth());
  add_routes(topology, block, Copier::none);
  std::size_t classes = 1;
  for (const Copier copier : limited_copiers) {
    if (!wiring_->is_limited(copier)) continue;
    topology.class_of[static_cast<std::size_t>(copier)] = classes++;
    add_routes(topology, block, copier);
  }
  return topology;
}

void Cluster::add_routes(Topology& topology, int block, Copier copier) const {
  topology.routes.reserve(topology.routes.size() + compute_.size() * compute_.size());
  for (int src = 0; src < gpus(); ++src) {
    for (int dst = 0; dst < gpus(); ++dst) {
      Topology::Route route{static_cast<std::uint32_t>(topology.route_links.size())};
      if (src != dst && src / block == dst / block)
        route.latency = wiring_->route(src, dst, topology.route_links, copier);
      route.length = static_cast<std::uint32_t>(topology.route_links.size()) - route.first;
      topology.routes.push_back(route);
    }
  }
}

}  // namespace ringtail
