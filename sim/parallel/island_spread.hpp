#pragma once

#include <string>
#include <vector>

#include "parallel/parallelism.hpp"

namespace ringtail {

/// How groups of one kind lie on islands.
struct IslandSpread {
  std::string kind;  ///< "TP", "KVP", "CP", "FFN TP", "EP", "stage"
  int groups = 0;
  int ranks = 0;       ///< Of each group.
  int islands = 0;     ///< That the most spread group touches.
  int most_there = 0;  ///< Ranks that a group has on one island, at most.
};

/// Of blocks of `ranks` ranks that follow one another.
[[nodiscard]] IslandSpread spread_of_blocks(const Parallelism& parallelism, int ranks, int island_size);

/// Of all kinds of groups with more than one rank: TP and KVP or CP of attention, TP of the FFN if it is wider or
/// narrower, EP × TP, the ranks of a stage if there are several.
[[nodiscard]] std::vector<IslandSpread> island_spreads(const Parallelism& parallelism, int island_size);

}  // namespace ringtail
