#pragma once

#include <optional>

#include "decode/context_lengths.hpp"

namespace ringtail {

/// How many sequences decode together.
struct Batch {
  enum class Kind { max, total, per_gpu };
  Kind kind = Kind::max;  ///< max: the largest batch that fits into memory.
  int count = 0;          ///< Sequences in all (total) or per GPU (per_gpu); unused for max.
};

/// What is scheduled beside communication: docs/overlap.md, decode/overlap_policy.hpp.
struct Overlap {
  enum class Kind { none, shared_expert, two_batch, chunked };
  Kind kind = Kind::none;
  int chunks = 1;  ///< chunked: parts of a product and of its all-reduce.
};

/// Speculative decoding with the model's own modules for multi-token prediction: in each step a sequence's last token
/// and `draft` drafted ones are verified together.
struct Speculation {
  int draft = 0;
  double acceptance = 0;  ///< Probability that a drafted token is accepted, if all before it were.

  /// Expected tokens that a sequence gains per step: acceptances are independent, what follows the first refusal is
  /// lost, and verification always yields one token, so 1 + p + p² + .. + p^draft (Leviathan, Kalman, Matias: Fast
  /// inference from transformers via speculative decoding, arXiv:2211.17192 equation 1).
  [[nodiscard]] double accepted_tokens() const {
    double sum = 1;
    double all_so_far = 1;
    for (int i = 0; i < draft; ++i) sum += all_so_far *= acceptance;
    return sum;
  }
};

struct Decode {
  ContextLengths context;  ///< KV length of the sequences, frozen while simulated.
  Assignment assignment = Assignment::round_robin;
  Batch batch;
  Overlap overlap;
  std::optional<Speculation> mtp = std::nullopt;

  /// Whether all sequences are alike, and the attention groups as even as can be.
  [[nodiscard]] bool is_even() const { return context.is_fixed() && assignment == Assignment::round_robin; }
  [[nodiscard]] int draft() const { return mtp ? mtp->draft : 0; }
  [[nodiscard]] double accepted_tokens() const { return mtp ? mtp->accepted_tokens() : 1; }
};

}  // namespace ringtail
