#pragma once

#include <memory>
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

/// Which rank holds which experts: expert_placement.hpp says how each is made.
enum class PlacementPolicy { contiguous, round_robin, random, eplb, eplb_hierarchical, spread };

/// Which replica of an expert a token visits: any; any on the island of the token's rank if there is one; or the one
/// whose rank has the fewest copies so far. The last knows what no router knows: the loads of all ranks.
enum class ReplicaChoice { random, nearest, least_loaded_oracle };

/// Tokens that resemble each other because they share a hidden topic (token_topics.hpp).
struct Correlation {
  struct Topics {
    int count = 1;        ///< T: topics, equally likely.
    double strength = 0;  ///< Standard deviation of what a topic adds to the logarithm of an expert's weight.
    bool operator==(const Topics&) const = default;
  };
  /// One topic is hot for some steps, then the next.
  struct Bursts {
    int steps = 1;
    double share = 0;  ///< Of sequences that have the hot topic.
    bool operator==(const Bursts&) const = default;
  };
  Topics topics = {};
  double persistence = 0;        ///< P(a token has its predecessor's state), below 1.
  double sequence_affinity = 1;  ///< P(a renewed state has the sequence's own topic).
  double layer_affinity = 1;     ///< P(two layers of a token follow the same state).
  std::optional<Bursts> bursts = std::nullopt;
  bool operator==(const Correlation&) const = default;

  /// Whether draws are any different from independent ones.
  [[nodiscard]] bool has_effect() const { return topics.count > 1 && topics.strength > 0; }
};

struct RoutingTrace;

/// A recorded choice of experts that tokens repeat (trace_choice.hpp).
struct TraceFile {
  std::string file;
  bool bootstrap = true;                                ///< Sequences drawn with replacement; else in order.
  std::shared_ptr<const RoutingTrace> trace = nullptr;  ///< Read by the loader.
};

/// Placements are made anew every `every` steps, from what the experts were chosen in the `window` steps before.
struct Rebalance {
  int every = 1;
  int window = 1;

  bool operator==(const Rebalance&) const = default;
};

struct Routing {
  Popularity popularity;
  bool permute = true;  ///< Shuffle which expert has which popularity, per layer and replication.
  bool redraw = true;   ///< Permutation and popularity are drawn anew for each replication.
  /// Capacity factor: an expert takes at most ceil(factor · tokens · k / experts) tokens of an FFN group and step.
  std::optional<double> capacity = std::nullopt;
  PlacementPolicy placement = PlacementPolicy::contiguous;  ///< In each FFN group alike.
  int redundant_experts = 0;  ///< Slots of an FFN group and layer beyond one per expert: they hold replicas.
  ReplicaChoice replica = ReplicaChoice::random;
  std::optional<Correlation> correlation = std::nullopt;  ///< Independent draws without.
  std::optional<TraceFile> trace = std::nullopt;          ///< Instead of popularity and correlation.
  std::optional<Rebalance> rebalance = std::nullopt;  ///< If left out, one placement is made for the popularity itself.

  /// Whether each expert has the slot of its own number.
  [[nodiscard]] bool is_in_order() const { return placement == PlacementPolicy::contiguous && redundant_experts == 0; }
};

}  // namespace ringtail
