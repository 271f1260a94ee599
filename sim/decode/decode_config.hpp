#pragma once

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

struct Decode {
  int context = 4096;  ///< KV length of every sequence in tokens, frozen while simulated.
  Batch batch;
  Overlap overlap;
};

}  // namespace ringtail
