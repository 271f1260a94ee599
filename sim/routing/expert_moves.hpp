#pragma once

#include <cstdint>
#include <vector>

#include "routing/expert_placement.hpp"

namespace ringtail {

/// The weights of an expert go from one EP rank to another.
struct ExpertMove {
  std::uint16_t expert = 0;
  int from = 0;
  int to = 0;
};

/// What ranks lack for `after` that had the experts of `before`: by receiver, ascending, each expert once. A copy comes
/// from a rank that had the expert: on the receiver's island, if one had; of those, from the one that sends least so
/// far. What a rank had already stays with it, in whatever slot. Both placements have the same experts and ranks, which
/// lie on islands in order.
[[nodiscard]] std::vector<ExpertMove> expert_moves(const ExpertPlacement& before, const ExpertPlacement& after,
                                                   int ranks_per_island);

}  // namespace ringtail
