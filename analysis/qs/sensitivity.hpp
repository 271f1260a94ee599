#pragma once

#include <string_view>
#include <vector>

#include "config/deployment.hpp"

namespace ringtail {

/// A figure of the hardware that is varied; table 2 of arXiv:2603.08960 varies these, by a quarter.
struct HardwareKnob {
  std::string_view name;  ///< As in JSON and CSV: "hbm_capacity".
  void (*scale)(Platform&, double factor);
};

/// HBM capacity and bandwidth; bandwidths of all links; latencies of all links, with which every message starts.
[[nodiscard]] const std::vector<HardwareKnob>& hardware_knobs();

}  // namespace ringtail
