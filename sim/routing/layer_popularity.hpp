#pragma once

#include <cstdint>
#include <vector>

#include "routing/random.hpp"
#include "routing/routing_config.hpp"

namespace ringtail {

/// Of each layer by popularity rank: which expert has it, and how popular it is.
class LayerPopularity {
 public:
  using Order = std::vector<std::uint16_t>;

  /// `routing` must outlive it.
  LayerPopularity(const Routing& routing, int experts, int experts_per_token, std::uint64_t seed, int replication);

  /// Whether values() are weights of draws.
  [[nodiscard]] bool gives_weights() const { return popularity_.kind == Popularity::Kind::zipf_weights; }

  /// The expert of each rank. Counts keep their experts, everything else is shuffled if wanted.
  [[nodiscard]] Order order(int layer) const;

  /// Inclusion probabilities by rank, or weights if it gives those.
  [[nodiscard]] std::vector<double> values(int layer) const;

  /// Inclusion probabilities by rank without group limits, also if it gives weights.
  [[nodiscard]] std::vector<double> inclusion(int layer) const;

 private:
  [[nodiscard]] std::vector<double> lifted(std::vector<double> inclusion) const;

  const Popularity& popularity_;
  int experts_;
  int k_;
  bool permute_;
  RandomStream order_;
  RandomStream shares_;
};

}  // namespace ringtail
