#pragma once

#include <vector>

#include "base/units.hpp"
#include "network/network_config.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// Bytes from one GPU to another, from a time on.
struct TimedTransfer {
  int src = 0;
  int dst = 0;      ///< Never src.
  Bytes bytes = 0;  ///< More than zero; below 5e11 for the solver `simgrid` (engine/payload.hpp).
  Seconds start = 0;
};

/// When each transfer ends on an otherwise idle platform of `gpus` GPUs. With coupled sharing, those of one source with
/// the same start are posted together. Once per process, as `execute`.
std::vector<Seconds> carry(const std::vector<TimedTransfer>& transfers, const Platform& platform, int gpus,
                           const NetworkConfig& network);

}  // namespace ringtail
