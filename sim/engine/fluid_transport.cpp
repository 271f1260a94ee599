#include "engine/fluid_transport.hpp"

#include <algorithm>
#include <cmath>

#include "engine/clock.hpp"
#include "network/make_network.hpp"

namespace ringtail {

FluidTransport::FluidTransport(const Cluster& cluster, int block_ranks, const NetworkConfig& network,
                               Transport::Listener& listener)
    : Model("ringtail-network"), network_(make_network(cluster.topology(block_ranks), network)), listener_(listener) {}

double FluidTransport::next_occurring_event(double now) {
  if (stopped_ || std::isinf(network_->next_event())) return no_event;
  return std::max(0.0, network_->next_event() - now);
}

void FluidTransport::update_actions_state(double now, double /*delta*/) {
  while (!stopped_ && is_due(network_->next_event(), now)) {
    completions_.clear();
    network_->advance(completions_);
    for (const Completion& completion : completions_)
      if (!stopped_) tell(listener_, completion);
  }
}

}  // namespace ringtail
