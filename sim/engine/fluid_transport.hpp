#pragma once

#include <memory>
#include <simgrid/kernel/resource/Model.hpp>
#include <vector>

#include "engine/cluster.hpp"
#include "engine/transport.hpp"
#include "network/fluid_network.hpp"
#include "network/network_config.hpp"

namespace ringtail {

/// Ringtail's own network as a SimGrid resource model: register it with `s4u::Engine::add_model`. Its completions have
/// the network's own times, which SimGrid's clock meets within rounding.
class FluidTransport final : public Transport, public simgrid::kernel::resource::Model {
 public:
  /// Takes links, capacities and routes from the cluster's SimGrid platform. Ranks of different blocks of `block_ranks`
  /// send each other nothing. `listener` must outlive the transport; its callbacks may post.
  FluidTransport(const Cluster& cluster, int block_ranks, const NetworkConfig& network, Transport::Listener& listener);

  void open(const Exchange& exchange) override { network_->open(exchange); }
  void post(const Exchange& exchange, int member, Seconds t) override { network_->post(exchange, member, t); }

  /// No further events, though transfers may be under way: the simulation ends.
  void stop() { stopped_ = true; }

  double next_occurring_event(double now) override;
  void update_actions_state(double now, double delta) override;

 private:
  std::unique_ptr<FluidNetwork> network_;
  Transport::Listener& listener_;
  std::vector<Completion> completions_;
  bool stopped_ = false;
};

}  // namespace ringtail
