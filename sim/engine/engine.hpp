#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "fabric/wiring.hpp"
#include "network/network_config.hpp"
#include "platform/platform.hpp"
#include "program/observer.hpp"
#include "program/program.hpp"

namespace ringtail {

/// The simulation ran out of events while the observer had not seen enough: the program waits for something that never
/// comes. what() names some of the ranks that wait.
class Unfinished : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Executes a program on a platform in simulated time until the observer is finished. Rank r runs on GPU
/// gpu_of_rank[r] (on GPU r if empty); `limits` hold for exchanges by their copier; while a collective is under way on
/// a GPU, `taken` of its copier is missing from the compute rate of the GPU's kernels. Throws Unfinished.
///
/// A process can do this once: SimGrid's engine does not start a second time from a clean state, and is not safe to
/// tear down after an exception. Callers fork (simulation/forked.hpp).
void execute(Program& program, const Platform& platform, const NetworkConfig& network, Observer& observer,
             const std::vector<int>& gpu_of_rank = {}, const EndpointLimits& limits = {},
             const TakenShares& taken = {});

/// The version of SimGrid that this was compiled against, like "3.32",
std::string simgrid_version();

/// and of the library that runs.
std::string running_simgrid_version();

}  // namespace ringtail
