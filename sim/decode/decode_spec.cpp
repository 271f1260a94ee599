#include "decode/decode_spec.hpp"

#include <algorithm>

namespace ringtail {

double DecodeSpec::group_tokens(int rank) const {
  if (effects.remainders) return layout.token_group_tokens(rank);
  return static_cast<double>(layout.tokens()) / layout.parallelism().attention.token_groups();
}

double DecodeSpec::ring_tokens(int rank) const {
  if (effects.remainders) return layout.tokens(layout.dp_index(rank));
  return static_cast<double>(layout.tokens()) / layout.parallelism().attention.dp;
}

double DecodeSpec::owned_tokens(int rank) const {
  if (effects.remainders) return layout.owned_tokens(rank);
  return static_cast<double>(layout.tokens()) / layout.ranks();
}

double DecodeSpec::cached_tokens(int rank, int of) const {
  if (effects.remainders) return layout.cached_tokens(rank, of, kv_block);
  return static_cast<double>(of) / layout.parallelism().attention.cache_parts();
}

double DecodeSpec::attended_tokens(int rank, int layer) const {
  if (!reads) return cached_tokens(rank, model.attended_tokens(layer, context));
  return (model.attends_to_all(layer) ? reads->full : reads->windowed)[static_cast<std::size_t>(rank)];
}

std::uint32_t DecodeSpec::sequence_id(int place) const {
  return deal ? deal->ids[static_cast<std::size_t>(place)] : static_cast<std::uint32_t>(place);
}

CacheReads cache_reads(const DecodeSpec& spec) {
  const auto& window = spec.model.attention.window;
  CacheReads reads;
  for (int rank = 0; rank < spec.layout.ranks(); ++rank) {
    const int dp = spec.layout.dp_index(rank);
    double full = 0, windowed = 0;
    for (int i = 0; i < spec.layout.sequences(dp); ++i) {
      const int context = spec.deal->contexts[static_cast<std::size_t>(spec.layout.first_sequence(dp) + i)];
      full += spec.cached_tokens(rank, context);
      windowed += spec.cached_tokens(rank, window ? std::min(context, window->tokens) : context);
    }
    const double sequences = spec.ring_tokens(rank) / spec.layout.tokens_per_sequence();
    reads.full.push_back(sequences > 0 ? full / sequences : 0);
    reads.windowed.push_back(sequences > 0 ? windowed / sequences : 0);
  }
  return reads;
}

}  // namespace ringtail
