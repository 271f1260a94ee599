#include "routing/expert_moves.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <tuple>

namespace ringtail {

std::vector<ExpertMove> expert_moves(const ExpertPlacement& before, const ExpertPlacement& after,
                                     int ranks_per_island) {
  const std::vector<std::vector<int>> holders = before.ranks_of_experts();
  std::vector<int> sent(static_cast<std::size_t>(before.ranks));
  std::vector<ExpertMove> moves;
  for (int to = 0; to < after.ranks; ++to) {
    const auto slots = after.expert_of_slot.begin();
    const std::set<std::uint16_t> wanted(slots + after.first_slot(to), slots + after.first_slot(to + 1));
    for (const std::uint16_t expert : wanted) {
      const std::vector<int>& had = holders[expert];
      if (std::binary_search(had.begin(), had.end(), to)) continue;
      const auto cost = [&](int from) {
        const bool is_far = from / ranks_per_island != to / ranks_per_island;
        return std::tuple(is_far, sent[static_cast<std::size_t>(from)], from);
      };
      const int from = *std::min_element(had.begin(), had.end(), [&](int a, int b) { return cost(a) < cost(b); });
      ++sent[static_cast<std::size_t>(from)];
      moves.push_back({expert, from, to});
    }
  }
  return moves;
}

}  // namespace ringtail
