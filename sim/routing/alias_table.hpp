#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringtail {

/// A cell of Walker's alias table (Walker, ACM TOMS 3 (1977) 253): item[0] if the fraction within the cell, of 2^32, is
/// below `threshold`, else item[1], its alias.
struct AliasCell {
  std::uint32_t threshold = 0;
  std::array<std::uint16_t, 2> item = {};
};

/// The table that picks item i with probability weights[i] / Σ weights, to 2^-31, for up to 65536 items. Built in O(n)
/// (Vose, IEEE TSE 17 (1991) 972).
[[nodiscard]] std::vector<AliasCell> alias_table(std::span<const double> weights);

/// The item that 32 random bits pick: their product with the number of cells is the cell (high word) and the fraction
/// within it (low word).
[[nodiscard]] inline std::uint16_t pick(const AliasCell* table, std::size_t cells, std::uint32_t word) {
  const std::uint64_t scaled = std::uint64_t{word} * cells;
  const AliasCell& cell = table[scaled >> 32];
  return cell.item[static_cast<std::uint32_t>(scaled) < cell.threshold ? 0 : 1];  // indexed, so that nothing branches
}

}  // namespace ringtail
