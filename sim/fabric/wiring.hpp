#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/copier.hpp"
#include "fabric/links.hpp"
#include "fabric/switch_network.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// What the SMs that a GPU gives to copying can move, out and in, over all its ports together; not given: what the
/// ports can.
struct EndpointLimits {
  std::optional<BytesPerSecond> dispatch;
  std::optional<BytesPerSecond> dense;
};

/// All links between the GPUs of a cluster, and the route from each GPU to each other one: inside an island its own
/// links, between islands the source's NIC, the fabric, the destination's NIC (docs/topologies.md).
///
/// GPUs fill islands in order of their number; ranks may be on them in any order, and are what all but names speak of.
/// NIC number i * nics_per_island + k is NIC k of island i; GPU j of an island of n GPUs uses the island's NIC floor(j
/// * nics_per_island / n).
///
/// An endpoint limit below what the ports of a GPU can move is two links of each GPU, `gpu3.dispatch_sms.out` and
/// `.in`, on the routes of what those SMs copy. They are no hardware of their own: `degrade` does not touch them.
class Wiring {
 public:
  /// `gpu_of_rank` is a permutation of 0 .. gpus - 1; empty: rank r on GPU r. Throws std::invalid_argument if it is
  /// none, or the platform cannot connect so many GPUs; wiring_problem says so beforehand.
  Wiring(const Platform& platform, int gpus, const EndpointLimits& limits = {}, std::vector<int> gpu_of_rank = {});

  [[nodiscard]] int gpus() const { return static_cast<int>(gpu_of_rank_.size()); }
  [[nodiscard]] int gpu(int rank) const { return gpu_of_rank_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] const Island& island() const { return island_; }
  [[nodiscard]] const Fabric& fabric() const { return fabric_; }
  [[nodiscard]] int island_of(int rank) const { return gpu(rank) / island_.size; }
  [[nodiscard]] int place_on_island(int rank) const { return gpu(rank) % island_.size; }
  [[nodiscard]] const std::vector<Link>& links() const { return links_.all(); }

  /// Appends the links of the route between two different ranks; returns its latency. A limit's links come right after
  /// the first link and right before the last one, or around the only one.
  Seconds route(int from_rank, int to_rank, std::vector<LinkId>& links, Copier copier = Copier::none) const;

  /// Whether routes of the copier's bytes have links of an endpoint limit.
  [[nodiscard]] bool is_limited(Copier copier) const { return !sms_[static_cast<std::size_t>(copier)].empty(); }

  /// Number of the NIC that a rank uses.
  [[nodiscard]] int nic(int rank) const { return nic_of_gpu(gpu(rank)); }

 private:
  struct Port {
    LinkId out = 0;
    LinkId in = 0;
  };
  Port add_port(const std::string& name, BytesPerSecond bandwidth);
  void add_mesh();
  void add_limit(Copier copier, const std::string& name, std::optional<BytesPerSecond> limit);
  [[nodiscard]] int nic_of_gpu(int gpu) const;
  Seconds route_over_ports(int src, int dst, std::vector<LinkId>& links) const;
  void degrade(const Degradation& degradation);
  void degrade_island_links(int gpu, double factor);

  Island island_;
  Fabric fabric_;
  std::vector<int> gpu_of_rank_;
  int nics_per_island_;
  Links links_;
  std::vector<Port> nvlink_;  ///< By GPU; none in a mesh.
  std::vector<LinkId> mesh_;  ///< By GPU and number of the peer in the island; none if switched.
  std::vector<Port> nic_;     ///< By NIC; none if there is one island only.
  std::unique_ptr<SwitchNetwork> switches_;
  BytesPerSecond of_ports_ = 0;  ///< What all ports of a GPU can move in one direction, none degraded.
  std::array<std::vector<Port>, copier_count> sms_;  ///< By copier and GPU; none where the limit cannot bind.
};

/// Whether `part` is a run of whole words of a link's name: "spine3" and "spine3.up" of "leaf2.spine3.up".
bool names_link(std::string_view part, std::string_view link);

}  // namespace ringtail
