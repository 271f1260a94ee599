#pragma once

#include <string>

#include "compare/compare.hpp"

namespace ringtail {

/// schema_version, switches, deployments[] (one or two), ratios[], intervals and their reason.
[[nodiscard]] std::string to_json(const Comparison& comparison);
[[nodiscard]] std::string to_json(const PairedComparison& comparison);

}  // namespace ringtail
