#pragma once

#include "base/units.hpp"

namespace ringtail {

/// What the serving framework takes of each GPU's memory.
struct Runtime {
  Bytes context_memory = 2.0 * 1024 * 1024 * 1024;  ///< CUDA context and captured graphs.
  double reserve = 0.05;                            ///< Fraction of HBM that the framework keeps free, in [0, 1).
  int kv_block = 64;                                ///< Tokens per block of the paged KV cache.
};

}  // namespace ringtail
