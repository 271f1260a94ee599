#pragma once

#include <string>

#include "compare/ladder.hpp"
#include "compare/report.hpp"

namespace ringtail {

/// Ladders as text; docs/ladder.md lists the columns and keys.
[[nodiscard]] std::string report(const Ladder& ladder, ReportFormat format);
[[nodiscard]] std::string report(const LadderPair& ladders, ReportFormat format);

/// JSON: schema_version, ladders[] (one or two), ratios[].
[[nodiscard]] std::string to_json(const Ladder& ladder);
[[nodiscard]] std::string to_json(const LadderPair& ladders);

}  // namespace ringtail
