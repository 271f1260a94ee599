#pragma once

#include "study/runner.hpp"

namespace ringtail {

/// Like run_points(), but hands the points to workers in other places: one who relays between them and this process
/// holds the other end of `socket`. Lines of text go to it and come back:
///   "WORKER NUMBER IDENTITY"    the point of that number is to be simulated by worker 0 .. workers-1, who is idle
///   "WORKER {...}"              serialize() of its record
///   "WORKER !REASON"            the worker has died, and why; another takes its place
/// Limits of time and memory are the workers' business. Throws std::runtime_error if the relay is gone.
bool run_points_remotely(int socket, int workers, const std::vector<const PlannedPoint*>& points,
                         const RunnerOptions& options);

/// The other side, a worker: simulates points as lines "NUMBER IDENTITY" ask for them on standard input, and answers
/// each by a line serialize() on standard output. Ends with the input. Returns false if it was interrupted.
bool serve_points(const StudySource& source, const RunnerOptions& limits);

}  // namespace ringtail
