#include "routing/alias_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ringtail {

std::vector<AliasCell> alias_table(std::span<const double> weights) {
  const std::size_t n = weights.size();
  const double mean = std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(n);
  std::vector<double> rest(n);  // probability not given to a cell yet, in cells
  std::vector<std::size_t> small;
  std::vector<std::size_t> large;
  for (std::size_t i = 0; i < n; ++i) {
    rest[i] = weights[i] / mean;
    (rest[i] < 1 ? small : large).push_back(i);
  }
  std::vector<AliasCell> table(n);
  for (std::size_t i = 0; i < n; ++i)  // a cell that no other item fills up is its own alias, whatever the fraction
    table[i].item.fill(static_cast<std::uint16_t>(i));
  while (!small.empty() && !large.empty()) {
    const std::size_t less = small.back();
    const std::size_t more = large.back();
    small.pop_back();
    table[less].threshold = static_cast<std::uint32_t>(std::min(std::round(rest[less] * 0x1p32), 0x1p32 - 1));
    table[less].item[1] = static_cast<std::uint16_t>(more);
    rest[more] -= 1 - rest[less];
    if (rest[more] < 1) {
      large.pop_back();
      small.push_back(more);
    }
  }
  return table;
}

}  // namespace ringtail
