#pragma once

#include <string_view>

#include "config/diagnostics.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// Rules about a platform and the number of GPUs that it has: whether its fabric connects them, and whether what is
/// degraded exists. `prefix` comes before the platform's paths: "platform." in a deployment, nothing in a platform
/// file.
void check_platform(const Platform& platform, int gpus, std::string_view prefix, const SourceMap& sources,
                    Diagnostics& diagnostics);

}  // namespace ringtail
