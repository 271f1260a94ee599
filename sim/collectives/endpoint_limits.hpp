#pragma once

#include "collectives/collectives_config.hpp"
#include "fabric/wiring.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// n SMs copy n times what one does, in each direction. No limit of SMs that are not given, or whose rate is not.
[[nodiscard]] EndpointLimits endpoint_limits(const Collectives& collectives, const Gpu& gpu);

}  // namespace ringtail
