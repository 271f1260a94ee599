#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "routing/alias_table.hpp"
#include "routing/random.hpp"
#include "routing/routing_config.hpp"

namespace ringtail {

/// Draws the experts of tokens: `experts_per_token` distinct ones of `experts`, each expert with its inclusion
/// probability. A draw is a pure function of (seed, replication, layer, sequence, token index): it does not depend on
/// ranks, on the order of calls or on the batch, so deployments with the same seed see the same tokens choose alike.
class ExpertSampler {
 public:
  struct Shape {
    int layers = 0;             ///< MoE layers.
    int experts = 0;            ///< Experts per layer, at most 65536.
    int experts_per_token = 0;  ///< k, at most `experts`.
  };

  /// Throws std::invalid_argument if an inclusion probability would exceed 1 (see max_zipf_exponent), or for a shape
  /// without layers, experts or 1 ≤ k ≤ experts.
  ExpertSampler(const Shape& shape, const Routing& routing, std::uint64_t seed, int replication);

  /// The experts of each sequence's token number `token_index` in MoE layer `layer` (0-based): out[i·k .. i·k + k) are
  /// those of sequences[i], in the order drawn. `out` has sequences.size() · k entries, or std::invalid_argument is
  /// thrown. Safe to call from several threads.
  void draw(int layer, std::uint32_t token_index, std::span<const std::uint32_t> sequences,
            std::span<std::uint16_t> out) const;

  /// The inclusion probability of each expert in a layer; they sum to k.
  [[nodiscard]] std::vector<double> inclusion(int layer) const;

 private:
  /// The alias tables of every layer from the weights of the experts that are not certain, by popularity rank.
  void build_tables(std::span<const double> weights);

  Shape shape_;
  RandomStream stream_;
  std::vector<double> inclusion_by_rank_;
  std::vector<std::uint16_t> expert_of_rank_;  ///< [layer][popularity rank]: the permutation.
  std::size_t certain_ = 0;                    ///< The first `certain_` popularity ranks are in every token (π = 1).
  /// The next ranks, if they are so likely that candidates rarely are anything else. Once the first n of them are
  /// taken, candidates come from table n, which lacks them.
  std::size_t dominant_ = 0;
  std::vector<std::size_t> table_start_ = {};  ///< [n]: first cell of table n within its layer; last: cells per layer.
  std::vector<AliasCell> cells_;               ///< [layer][table][cell], items are experts.
};

}  // namespace ringtail
