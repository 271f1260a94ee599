#pragma once

#include <memory>

#include "collectives/collectives_config.hpp"
#include "decode/decode_config.hpp"
#include "decode/effects.hpp"
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
  int kv_block = 1;                      ///< in blocks of so many, which KVP or CP ranks take in turn.
  std::shared_ptr<const Wiring> wiring;  ///< Of the sound platform: what collectives are chosen by.
  Seconds launch_time = 0;               ///< Of the host per kernel; 0 in a captured graph.
  Seconds step_overhead = 0;             ///< Of the host at the end of each step.
  Overlap overlap = {};
  int draft = 0;  ///< Drafted tokens per sequence and step: verified together with its last one.
  Effects effects = {};

  // Shares of the step, whole numbers but without `effects.remainders`.
  [[nodiscard]] double group_tokens(int rank) const;  ///< Of the rank's token group.
  [[nodiscard]] double ring_tokens(int rank) const;   ///< Of all token groups on the rank's ring of CP ranks.
  [[nodiscard]] double owned_tokens(int rank) const;  ///< Of the rank, between attention and the next attention.
  [[nodiscard]] double cached_tokens(int rank, int of) const;  ///< In the rank's part of a cache of `of` tokens.
};

}  // namespace ringtail
