#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "collectives/collectives.hpp"
#include "collectives/estimate.hpp"

namespace ringtail {

/// A dense collective as it is carried out.
struct Chosen {
  std::string_view algorithm;  ///< As in YAML; a string literal.
  std::vector<Round> rounds;
  std::vector<Bytes> result;                      ///< What each member ends up with and did not have before.
  std::optional<Seconds> seconds = std::nullopt;  ///< formula: its time. The rounds then only say who handles how much.
};

/// The wanted algorithm's rounds, or of the one with the least estimate; of several the first in the order of the enum.
/// formula and in_switch are never chosen unasked, the latter since not every switch adds; asked for between islands or
/// on a mesh, which has no switch, it is std::invalid_argument.
Chosen choose_all_reduce(AllReduceAlgorithm wanted, const std::vector<Bytes>& shares, const Group& group);
Chosen choose_all_gather(GatherAlgorithm wanted, const std::vector<Bytes>& shares, const Group& group);
Chosen choose_reduce_scatter(GatherAlgorithm wanted, const std::vector<Bytes>& shares, const Group& group);
Chosen choose_all_to_all(AllToAllAlgorithm wanted, const std::vector<std::vector<Bytes>>& bytes, const Group& group);

/// Names as in YAML.
[[nodiscard]] std::string_view name_of(AllReduceAlgorithm algorithm);
[[nodiscard]] std::string_view name_of(GatherAlgorithm algorithm);
[[nodiscard]] std::string_view name_of(AllToAllAlgorithm algorithm);
[[nodiscard]] std::string_view name_of(DispatchMode mode);

}  // namespace ringtail
