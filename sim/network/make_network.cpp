#include "network/make_network.hpp"

#include <utility>

#include "network/coupled_network.hpp"
#include "network/flow_network.hpp"

namespace ringtail {

std::unique_ptr<FluidNetwork> make_network(Topology topology, const NetworkConfig& config) {
  if (config.sharing == Sharing::coupled)
    return std::make_unique<CoupledNetwork>(std::move(topology), config.tolerance);
  return std::make_unique<FlowNetwork>(std::move(topology), config.tolerance);
}

}  // namespace ringtail
