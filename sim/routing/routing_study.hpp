#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "routing/expert_sampler.hpp"
#include "routing/routing_config.hpp"

namespace ringtail {

/// What is studied, beside the draws: one step of one replication on `ranks` EP ranks.
struct RoutingStudy {
  ExpertSampler::Shape shape;
  std::uint64_t seed = 1;
  int replication = 0;
  int ranks = 1;
  int tokens_per_rank = 1;  ///< Rank r's are the sequences r · tokens_per_rank and following.
  int slots = 0;
  int ranks_per_island = 1;
  PlacementPolicy placement = PlacementPolicy::contiguous;
  ReplicaChoice replica = ReplicaChoice::random;
};

/// How unevenly the copies (token, expert) of one layer's step fall on experts and ranks.
struct LayerLoad {
  double expert_max_over_mean = 0;
  double rank_max_over_mean = 0;  ///< After replica choice.
  double distinct_experts = 0;    ///< With at least one copy,
  double distinct_per_rank = 0;   ///< slots with at least one copy, mean over ranks: the weights that are read,
  double max_distinct_per_rank = 0;
  double idle_ranks = 0;
  double gini = 0;               ///< Of copies per expert,
  double rank_gini = 0;          ///< and per rank.
  double off_rank_copies = 0;    ///< Fraction of copies that leave their rank,
  double off_island_copies = 0;  ///< and their island.
  double busiest_pair = 0;       ///< Copies from one rank to another, of the two with most;
  double busiest_sender = 0;     ///< to other ranks, of the rank that sends most,
  double busiest_receiver = 0;   ///< and from other ranks, of the one that receives most.
  /// Squared deviations of copies per rank from what the popularity expects, over their expectation if tokens were
  /// independent: about 1 then, more if tokens of the step resemble each other.
  double rank_overdispersion = 0;
};

/// The fraction of its experts that a sequence's token has in common with later ones: means over sequences and layers.
struct TokenOverlap {
  double lag_1 = 0;
  double lag_16 = 0;
  double independent = 0;  ///< Of independent draws: Σ_e π_e² / k.
};

/// Of the tokens of the first sequences, at most 1024, and of at most 8 layers.
[[nodiscard]] TokenOverlap token_overlap(const ExpertSampler& sampler, const ExpertSampler::Shape& shape,
                                         int sequences);

struct RoutingLoads {
  std::vector<LayerLoad> layers;
  LayerLoad mean;
  /// [source rank · ranks + destination rank]: copies, summed over layers. A row sums to layers · tokens_per_rank · k.
  std::vector<std::int64_t> pair_copies;
};

/// The chosen experts of `tokens` tokens in every layer: [layer · tokens · k + token · k + i].
[[nodiscard]] std::vector<std::uint16_t> draw_layers(const ExpertSampler& sampler, const ExpertSampler::Shape& shape,
                                                     int tokens);

/// What the first ranks · tokens_per_rank tokens of each layer's `tokens_drawn` in `chosen` do to experts and ranks.
[[nodiscard]] RoutingLoads routing_loads(const RoutingStudy& study, const ExpertSampler& sampler,
                                         std::span<const std::uint16_t> chosen, int tokens_drawn);

/// The share of the copies that experts would drop (capacity.hpp) of what the first ranks · tokens_per_rank tokens of
/// each layer's `tokens_drawn` in `chosen` dispatch together.
[[nodiscard]] double dropped_fraction(double capacity_factor, const RoutingStudy& study,
                                      std::span<const std::uint16_t> chosen, int tokens_drawn);

}  // namespace ringtail
