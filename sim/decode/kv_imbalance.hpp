#pragma once

#include "decode/decode_spec.hpp"

namespace ringtail {

/// How unevenly sequences load the ranks' attention.
struct KvImbalance {
  double rank_max_over_mean = 1;       ///< Cached tokens that a rank reads in a step's layers: the most / the mean.
  double attention_max_over_mean = 1;  ///< The same of seconds that its attention cores take, alone on a sound GPU.
  double mean_context = 0;             ///< Tokens, over all sequences.
  double shortest_context = 0;
  double longest_context = 0;
  double fewest_sequences = 0;  ///< Of an attention group.
  double most_sequences = 0;
};

/// Of a spec with a deal.
KvImbalance kv_imbalance(const DecodeSpec& spec);

}  // namespace ringtail
