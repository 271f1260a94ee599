#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "study/point.hpp"

namespace ringtail {

struct RunnerOptions {
  int jobs = 1;                                       ///< Points simulated at the same time; never changes results.
  std::optional<double> timeout_s;                    ///< Of a point.
  std::optional<double> memory_limit;                 ///< Bytes that a process may ask for.
  std::function<void(const PointRecord&)> on_record;  ///< Each outcome, in the order of completion.
  std::function<void()> on_wait = [] {};              ///< Several times a second.
};

/// Simulates the points, each in a process of its own forked from this one, in the order given. A point that fails,
/// dies or takes too long is a record like any other. Returns false if it was interrupted by Ctrl-C or SIGTERM:
/// points that were under way have no record then. The process must not have started a SimGrid engine.
bool run_points(const StudySource& source, const std::vector<const PlannedPoint*>& points,
                const RunnerOptions& options);

}  // namespace ringtail
