#pragma once

#include <memory>

#include "network/fluid_network.hpp"
#include "network/network_config.hpp"
#include "network/topology.hpp"

namespace ringtail {

/// The fluid network whose links are shared as `config.sharing` says.
std::unique_ptr<FluidNetwork> make_network(Topology topology, const NetworkConfig& config);

}  // namespace ringtail
