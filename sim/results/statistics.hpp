#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "simulation/result.hpp"

namespace ringtail {

/// `step` of a result: times, their intervals, and how many steps and replications they come from (docs/results.md).
[[nodiscard]] nlohmann::ordered_json step_json(const Measurement& measurement, const Run& run);

/// The line below the percentiles of step time: their 95 % bounds, and how many steps a bound that is missing takes.
[[nodiscard]] std::string percentile_bounds_text(const StepTime& step);

/// The lines that say what was simulated.
[[nodiscard]] std::string run_text(const Measurement& measurement, const Run& run);

}  // namespace ringtail
