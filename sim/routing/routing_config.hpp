#pragma once

namespace ringtail {

/// How often each expert is wanted, as inclusion probabilities: an expert's chance to be among a token's k.
struct Popularity {
  enum class Kind { uniform, zipf };
  Kind kind = Kind::uniform;
  double zipf = 0;  ///< Exponent α ≥ 0: the r-th most popular expert is included in proportion to r^-α.
};

/// Which rank holds which expert. contiguous: experts 0..E/ep-1 on the first EP rank, and so on.
enum class Placement { contiguous };

struct Routing {
  Popularity popularity;
  bool permute = true;  ///< Shuffle which expert has which popularity, per layer and replication.
  Placement placement = Placement::contiguous;
};

}  // namespace ringtail
