#pragma once

#include <array>
#include <memory>
#include <simgrid/s4u.hpp>
#include <vector>

#include "fabric/wiring.hpp"
#include "network/topology.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// The GPUs of a deployment as a SimGrid platform: for GPU 3 a host `gpu3` (compute, its highest peak) and a host
/// `gpu3.hbm` (its memory, bytes/s), and one for each endpoint limit, `gpu3.dispatch_sms`, from and to which go the
/// Comms that it limits; links and routes are the wiring's.
class Cluster {
 public:
  /// Configures the engine and builds the platform on it; the engine must be new. Ranks are on GPUs as in a Wiring.
  /// Throws std::invalid_argument as that does.
  Cluster(simgrid::s4u::Engine& engine, const Platform& platform, int gpus, std::vector<int> gpu_of_rank = {},
          const EndpointLimits& limits = {});

  [[nodiscard]] int gpus() const { return wiring_->gpus(); }

  [[nodiscard]] simgrid::s4u::Host* compute_host(int rank) const { return compute_[at(rank)]; }
  [[nodiscard]] simgrid::s4u::Host* hbm_host(int rank) const { return hbm_[at(rank)]; }

  /// Where Comms of what the copier moves begin and end.
  [[nodiscard]] simgrid::s4u::Host* endpoint(int rank, Copier copier) const {
    const auto& of_copier = endpoints_[static_cast<std::size_t>(copier)];
    return of_copier.empty() ? compute_host(rank) : of_copier[at(rank)];
  }

  /// Time that a transfer waits before it uses its route's links, whose SimGrid latency is zero: CM02 would share a
  /// link in inverse proportion of latency.
  [[nodiscard]] Seconds latency(int src, int dst) const;

  /// Links and routes between ranks, as the SimGrid platform has them; only inside blocks of `block` ranks, if others
  /// send each other nothing: then blocks that share no link are solved apart. A class for each copier with a limit.
  [[nodiscard]] Topology topology(int block) const;

 private:
  void add_hosts(simgrid::s4u::NetZone& zone, const Platform& platform);
  void add_routes(Topology& topology, int block, Copier copier) const;
  static std::size_t at(int rank) { return static_cast<std::size_t>(rank); }

  std::unique_ptr<Wiring> wiring_;            ///< Has one place: the SimGrid zone refers to it.
  std::vector<simgrid::s4u::Link*> links_;    ///< By the wiring's number.
  std::vector<simgrid::s4u::Host*> compute_;  ///< By rank.
  std::vector<simgrid::s4u::Host*> hbm_;      ///< By rank.
  std::array<std::vector<simgrid::s4u::Host*>, copier_count> endpoints_;  ///< By copier with a limit, and rank.
};

}  // namespace ringtail
