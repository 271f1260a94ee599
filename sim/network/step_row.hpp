#pragma once

#include <boost/align/aligned_allocator.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringtail {

/// Rows of floats; those of whole vectors (kernels::float_lanes) each lie in one line of the cache.
using Floats = std::vector<float, boost::alignment::aligned_allocator<float, 64>>;

/// What the flows of a row have left.
struct Left {
  float flows = 0;  ///< Flows with bytes left.
  float bytes = 0;
  float slowest = 0;  ///< Seconds that the slowest flow still takes at its rate of the last step; 0 before the first.
};

/// What the flows of columns have left.
struct Columns {
  float* flows = nullptr;
  float* bytes = nullptr;
};

/// What passes links in a step, by column or by link.
struct Passed {
  float* moved = nullptr;  ///< Bytes.
  float* above = nullptr;  ///< Flows that would move more but for the links.
  float* most = nullptr;   ///< Bytes of the flow that moves most.
};

/// A row of flows that leave by one egress port and have one origin; one flow at most in each column, and each column
/// enters one ingress port. Filled up with zeros to whole vectors (kernels::float_lanes).
struct StepRow {
  std::size_t width = 0;        ///< Columns in which it may have flows, filled up; later ones are not looked at.
  const float* left = nullptr;  ///< Bytes left, by column; 0 where there is no flow.
  float* next = nullptr;        ///< Bytes left after the step.
  std::size_t egress = 0;       ///< Position of the port in `StepPorts`.
  std::uint32_t origin = 0;     ///< Of `InnerLinks`.
  Left* rest = nullptr;         ///< What the row has left after the step.
  Columns columns;              ///< To which that is added.
  // Set by StepLevels; rows of one origin have them in common.
  const float* limit = nullptr;  ///< By column: the least level of the links after the egress port.
  Passed passed;                 ///< By column: these links.
};

/// Ports, or inner links, that have flows.
struct StepPorts {
  std::vector<std::uint32_t> port;  ///< Number of the port, by position.
  std::vector<float> flows;         ///< Flows that use it, by position.

  void clear() {
    port.clear();
    flows.clear();
  }
};

}  // namespace ringtail
