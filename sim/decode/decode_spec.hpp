#pragma once

#include "collectives/collectives_config.hpp"
#include "collectives/tiers.hpp"
#include "model/model.hpp"
#include "parallel/layout.hpp"
#include "parallel/parallelism.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// What a decode step is made of; immutable while simulated.
struct DecodeSpec {
  Model model;
  Gpu gpu;
  Layout layout;
  Precision precision;
  Collectives collectives;
  int context = 0;  ///< Cached tokens of each sequence.
  Tiers tiers;
  int kv_block = 1;  ///< Tokens of the blocks of the KV cache, which KVP ranks take in turn.
};

}  // namespace ringtail
