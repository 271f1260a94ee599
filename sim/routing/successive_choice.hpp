#pragma once

#include <cstddef>
#include <vector>

#include "routing/alias_table.hpp"
#include "routing/expert_choice.hpp"
#include "routing/random.hpp"

namespace ringtail {

/// What successive sampling looks candidates up in; items are popularity ranks.
struct RankTables {
  std::size_t certain = 0;  ///< The first `certain` popularity ranks are in every token (π = 1).
  /// The next ranks, if they are so likely that candidates rarely are anything else. Once the first n of them are
  /// taken, candidates come from table n, which lacks them.
  std::size_t dominant = 0;
  std::vector<std::size_t> start;  ///< [n]: first cell of table n; last: number of cells.
  std::vector<AliasCell> cells;
};

/// The ranks that are in every token: an expert very close to π = 1 would need a weight that grows without bound.
[[nodiscard]] std::size_t certain_ranks(std::span<const double> inclusion_by_rank);

/// The tables that take the `certain` first ranks, then others up to `k` by their weights, heaviest first.
[[nodiscard]] RankTables tables_of(std::span<const double> weights_by_rank, std::size_t certain, int k);

/// The tables with which successive sampling takes `k` ranks, each with its inclusion probability, most popular first.
[[nodiscard]] RankTables calibrated_tables(std::span<const double> inclusion_by_rank, int k);

/// The same with given weights, most popular first.
[[nodiscard]] RankTables weighted_tables(std::span<const double> weights_by_rank, int k);

/// Successive sampling (docs/decisions/0002-routing-draws.md).
class SuccessiveChoice final : public ExpertChoice {
 public:
  SuccessiveChoice(const RandomStream& stream, int experts, int k, int topics = 1)
      : stream_(stream), experts_(experts), k_(k), topics_(topics) {}

  /// The next topic, or the first of the next layer: the tables, and which expert has which rank.
  void add_layer(const RankTables& tables, std::span<const std::uint16_t> expert_of_rank);

  void draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const override;

 private:
  /// RankTables of experts.
  struct Layer {
    std::vector<std::uint16_t> certain;
    std::vector<std::uint16_t> dominant;
    std::vector<std::size_t> start;
    std::vector<AliasCell> cells;
  };

  RandomStream stream_;
  int experts_;
  int k_;
  int topics_;
  std::vector<Layer> layers_;  ///< [layer][topic]
};

}  // namespace ringtail
