#include "decode/decode_spec.hpp"

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

}  // namespace ringtail
