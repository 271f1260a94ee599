#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/platform.hpp"

namespace ringtail {

/// Why a platform cannot connect a number of GPUs.
struct WiringProblem {
  std::string field;                     ///< Below the platform: "fabric.dimensions", "gpus" for the number of GPUs.
  std::string message;                   ///< A sentence that names field and figures.
  std::string help;                      ///< Values that would do.
  std::vector<std::string> others = {};  ///< Further fields that it is about, named in the same way.
};

/// The first thing in the way of `Wiring(platform, gpus)`, degradations aside; nothing if there is none.
std::optional<WiringProblem> wiring_problem(const Platform& platform, int gpus);

/// "1, 2, 4": the numbers that divide n.
std::string divisors(int n);

}  // namespace ringtail
