#pragma once

#include <string_view>
#include <utility>

#include "routing/routing_config.hpp"

/// Names of placements and replica choices, in YAML, on the command line and in results.
namespace ringtail {

constexpr std::pair<std::string_view, PlacementPolicy> placement_names[] = {
    {"contiguous", PlacementPolicy::contiguous},
    {"round-robin", PlacementPolicy::round_robin},
    {"random", PlacementPolicy::random},
    {"eplb", PlacementPolicy::eplb},
    {"eplb-hierarchical", PlacementPolicy::eplb_hierarchical},
    {"spread", PlacementPolicy::spread}};

constexpr std::pair<std::string_view, ReplicaChoice> replica_names[] = {
    {"random", ReplicaChoice::random},
    {"nearest", ReplicaChoice::nearest},
    {"least-loaded-oracle", ReplicaChoice::least_loaded_oracle}};

constexpr std::string_view name_of(PlacementPolicy policy) {
  for (const auto& [name, value] : placement_names)
    if (value == policy) return name;
  return {};
}

constexpr std::string_view name_of(ReplicaChoice replica) {
  for (const auto& [name, value] : replica_names)
    if (value == replica) return name;
  return {};
}

}  // namespace ringtail
