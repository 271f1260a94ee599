#pragma once

namespace ringtail {

/// How many sequences decode together.
struct Batch {
  enum class Kind { max, total, per_gpu };
  Kind kind = Kind::max;  ///< max: the largest batch that fits into memory.
  int count = 0;          ///< Sequences in all (total) or per GPU (per_gpu); unused for max.
};

/// What is scheduled beside communication. `none`: a GPU waits for each collective it takes part in.
enum class Overlap { none };

struct Decode {
  int context = 4096;  ///< KV length of every sequence in tokens, frozen while simulated.
  Batch batch;
  Overlap overlap = Overlap::none;
};

}  // namespace ringtail
