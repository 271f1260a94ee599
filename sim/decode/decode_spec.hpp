#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "collectives/collectives_config.hpp"
#include "decode/decode_config.hpp"
#include "decode/effects.hpp"
#include "decode/sequence_deal.hpp"
#include "fabric/wiring.hpp"
#include "model/model.hpp"
#include "parallel/layout.hpp"
#include "parallel/parallelism.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// Tokens of KV cache that each rank's attention core reads, as a mean over its group's sequences: what it reads in all
/// is as many times their number. By rank.
struct CacheReads {
  std::vector<double> full;      ///< In layers that attend to all cached tokens,
  std::vector<double> windowed;  ///< and in those with a window.
};

/// What a decode step is made of; immutable while simulated.
struct DecodeSpec {
  Model model;
  Gpu gpu;
  Layout layout;
  Precision precision;
  Collectives collectives;
  int context = 0;                       ///< Cached tokens of each sequence, unless there is a `deal`,
  int kv_block = 1;                      ///< in blocks of so many, which KVP or CP ranks take in turn.
  std::shared_ptr<const Wiring> wiring;  ///< Of the sound platform: what collectives are chosen by.
  Seconds launch_time = 0;               ///< Of the host per kernel; 0 in a captured graph.
  Seconds step_overhead = 0;             ///< Of the host at the end of each step.
  Overlap overlap = {};
  int draft = 0;  ///< Drafted tokens per sequence and step: verified together with its last one.
  Effects effects = {};
  std::shared_ptr<const SequenceDeal> deal = nullptr;  ///< Of the whole batch, if its sequences are not all alike;
  std::shared_ptr<const CacheReads> reads = nullptr;   ///< then of the layout's sequences: cache_reads.

  // Shares of the step, whole numbers but without `effects.remainders`.
  [[nodiscard]] double group_tokens(int rank) const;  ///< Of the rank's token group.
  [[nodiscard]] double ring_tokens(int rank) const;   ///< Of all token groups on the rank's ring of CP ranks.
  [[nodiscard]] double owned_tokens(int rank) const;  ///< Of the rank, between attention and the next attention.
  [[nodiscard]] double cached_tokens(int rank, int of) const;  ///< In the rank's part of a cache of `of` tokens.

  /// Cached tokens that the rank's attention core reads in a layer of the model: a mean over its group's sequences.
  [[nodiscard]] double attended_tokens(int rank, int layer) const;

  /// The id of the sequence at a place of the layout.
  [[nodiscard]] std::uint32_t sequence_id(int place) const;
};

/// What ranks read of the sequences that the spec's layout has and its deal describes.
CacheReads cache_reads(const DecodeSpec& spec);

}  // namespace ringtail
