#pragma once

#include <string>
#include <vector>

#include "config/deployment.hpp"
#include "simulation/result.hpp"

namespace ringtail {

/// What of a deployment is larger than the platform's kernels and collectives were measured with: one sentence each.
[[nodiscard]] std::vector<std::string> beyond_calibration(const Deployment& deployment, const Capacity& capacity);

}  // namespace ringtail
