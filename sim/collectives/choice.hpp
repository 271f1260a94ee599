#pragma once

#include <string_view>
#include <vector>

#include "collectives/collectives.hpp"
#include "collectives/tiers.hpp"

namespace ringtail {

/// Time of rounds between `ranks` (member i is ranks[i]) if all members begin together and no round begins before the
/// one before has ended: the sum over rounds of the largest latency + bytes / bandwidth of any port, in or out, of
/// either tier. Exact for symmetric rounds on one tier.
Seconds estimate(const std::vector<Round>& rounds, const std::vector<int>& ranks, const Tiers& tiers);

/// A dense collective as it is carried out.
struct Chosen {
  std::string_view algorithm;  ///< As in YAML; a string literal.
  std::vector<Round> rounds;
  std::vector<Bytes> result;  ///< What each member ends up with and did not have before.
};

/// The wanted algorithm's rounds between `ranks`, or of the one with the least estimate; of several the first in the
/// order of the enum. in_switch is never chosen unasked, since not every switch adds; asked for between islands it is
/// std::invalid_argument.
Chosen choose_all_reduce(AllReduceAlgorithm wanted, const std::vector<Bytes>& shares, const std::vector<int>& ranks,
                         const Tiers& tiers);
Chosen choose_all_gather(GatherAlgorithm wanted, const std::vector<Bytes>& shares, const std::vector<int>& ranks,
                         const Tiers& tiers);
Chosen choose_reduce_scatter(GatherAlgorithm wanted, const std::vector<Bytes>& shares, const std::vector<int>& ranks,
                             const Tiers& tiers);
Chosen choose_all_to_all(AllToAllAlgorithm wanted, const std::vector<std::vector<Bytes>>& bytes,
                         const std::vector<int>& ranks, const Tiers& tiers);

/// Names as in YAML.
[[nodiscard]] std::string_view name_of(AllReduceAlgorithm algorithm);
[[nodiscard]] std::string_view name_of(GatherAlgorithm algorithm);
[[nodiscard]] std::string_view name_of(AllToAllAlgorithm algorithm);
[[nodiscard]] std::string_view name_of(DispatchMode mode);

}  // namespace ringtail
