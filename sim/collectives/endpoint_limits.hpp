#pragma once

#include "collectives/collectives_config.hpp"
#include "fabric/wiring.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// n SMs copy n times what one does, in each direction. No limit of SMs that are not given, or whose rate is not.
[[nodiscard]] EndpointLimits endpoint_limits(const Collectives& collectives, const Gpu& gpu);

/// What the SMs that copy are of all that the GPU has; 0 where either is not given.
[[nodiscard]] TakenShares taken_shares(const Collectives& collectives, const Gpu& gpu);

}  // namespace ringtail
