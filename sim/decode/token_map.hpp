#pragma once

#include <cstdint>
#include <vector>

#include "decode/decode_spec.hpp"

namespace ringtail {

/// Islands first .. last.
struct IslandRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

/// Where tokens come from and experts are, as tables: looked up for each of the millions of copies of a step. An EP
/// rank stands for all GPUs that hold slices of the same experts.
struct TokenMap {
  explicit TokenMap(const DecodeSpec& spec);

  /// First rank of an island, and of the one after it.
  [[nodiscard]] int island_begin(int island) const { return island * island_size; }
  [[nodiscard]] int island_end(int island) const;
  [[nodiscard]] int island_of(int rank) const { return rank / island_size; }

  /// The rank of `island` on the rail of `rank`: with the same place in its island.
  [[nodiscard]] int on_rail(int rank, int island) const;

  int island_size;
  int islands;
  int ep_ranks;
  std::size_t experts_per_token;
  int tp;                                        ///< GPUs of an EP rank: rank / tp is its number.
  std::vector<int> ranks;                        ///< All of them.
  std::vector<std::uint32_t> owner_of_sequence;  ///< The rank that owns the sequence's token.
  std::vector<std::uint32_t> ep_rank_of_expert;
  std::vector<IslandRange> islands_of_ep_rank;
};

}  // namespace ringtail
