#pragma once

#include <algorithm>
#include <vector>

#include "base/units.hpp"
#include "collectives/round.hpp"
#include "fabric/wiring.hpp"

namespace ringtail {

/// The ranks between which a collective runs among the groups that run the same one at the same time.
struct Group {
  const Wiring& wiring;
  const std::vector<int>& ranks;               ///< Ascending; member i is ranks[i].
  const std::vector<std::vector<int>>& alike;  ///< Disjoint, of one size, and `ranks` one of them.
  Copier copier = Copier::dense;               ///< Whose endpoint limit holds.

  [[nodiscard]] bool on_one_island() const {
    return std::all_of(ranks.begin(), ranks.end(),
                       [&](int rank) { return wiring.island_of(rank) == wiring.island_of(ranks.front()); });
  }
};

/// Time of rounds of the group if all ranks begin together and no round begins before the one before has ended: the sum
/// over rounds of the largest latency + bytes / bandwidth of any link that the group uses, where the other groups'
/// transfers go over the links too. Exact for rounds whose transfers are of one size and load all links of the
/// narrowest kind alike; else a round takes no less than its bytes / bandwidth, but longer where a link waits for
/// transfers that others hold up.
Seconds estimate(const std::vector<Round>& rounds, const Group& group);

}  // namespace ringtail
