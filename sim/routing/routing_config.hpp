#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ringtail {

/// A file that says how often each expert was chosen in each layer (expert_counts.hpp).
struct CountsFile {
  std::string file;
  std::string rows;                         ///< Which rows, if the file has those of several workloads.
  std::vector<std::vector<double>> counts;  ///< [MoE layer][expert], any scale; read by the loader.
};

/// How often each expert is wanted. zipf_weights gives the weights of successive sampling, which favour popular experts
/// less than they say; all others give inclusion probabilities: an expert's chance to be among a token's k.
struct Popularity {
  enum class Kind { uniform, zipf, balanced, zipf_weights, lognormal, dirichlet, counts };
  Kind kind = Kind::uniform;
  double zipf = 0;  ///< Exponent α ≥ 0: the r-th most popular expert is included in proportion to r^-α.
  double zipf_weights = 0;
  double lognormal = 0;  ///< σ: in proportion to exp(σ·z), z standard normal, drawn for each expert.
  double dirichlet = 1;  ///< α > 0: shares are drawn from a symmetric Dirichlet distribution.
  CountsFile counts = {};
};

/// Which rank holds which expert. contiguous: experts 0..E/ep-1 on the first EP rank, and so on.
enum class Placement { contiguous };

struct Routing {
  Popularity popularity;
  bool permute = true;  ///< Shuffle which expert has which popularity, per layer and replication.
  bool redraw = true;   ///< Permutation and popularity are drawn anew for each replication.
  /// Capacity factor: an expert takes at most ceil(factor · tokens · k / experts) tokens of an FFN group and step.
  std::optional<double> capacity = std::nullopt;
  Placement placement = Placement::contiguous;
};

}  // namespace ringtail
