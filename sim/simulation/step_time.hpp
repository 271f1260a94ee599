#pragma once

#include <string>
#include <vector>

#include "simulation/result.hpp"

namespace ringtail {

/// The statistics of step times of replications, in which each sequence gains `accepted_tokens` per step.
[[nodiscard]] StepTime step_time(const std::vector<Replication>& replications, double accepted_tokens);

/// Step i of all replications averaged, for each i up to the shortest: an initial transient is common to them, while
/// chance averages out (Welch, in Lavenberg, Computer Performance Modeling Handbook (1983) 268).
[[nodiscard]] std::vector<double> pooled_steps(const std::vector<Replication>& replications);

/// What the user should know about how far the figures can be trusted.
[[nodiscard]] std::vector<std::string> warnings_for(const Measurement& measurement);

}  // namespace ringtail
