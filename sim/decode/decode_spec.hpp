#pragma once

#include <memory>

#include "collectives/collectives_config.hpp"
#include "fabric/wiring.hpp"
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
  int context = 0;                       ///< Cached tokens of each sequence,
  int kv_block = 1;                      ///< in blocks of so many, which KVP ranks take in turn.
  std::shared_ptr<const Wiring> wiring;  ///< Of the sound platform: what collectives are chosen by.
};

}  // namespace ringtail
