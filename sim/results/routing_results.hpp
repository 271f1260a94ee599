#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "routing/routing_study.hpp"

namespace ringtail {

/// The loads of one number of EP ranks: experts in order, and as placed.
struct RoutingComparison {
  RoutingStudy study;                 ///< Of `after`.
  RoutingLoads before;                ///< Contiguous, without redundant slots.
  std::optional<RoutingLoads> after;  ///< If the study is of anything else.
  std::optional<double> dropped;      ///< With a capacity: the share of copies that experts drop, counted or not.
};

/// What `ringtail routing` found.
struct RoutingReport {
  std::string name;  ///< Of the deployment,
  std::string popularity;
  std::string placement;
  std::string replica;
  Bytes dispatch_message = 0;           ///< Bytes that a copy carries to its expert,
  Bytes combine_message = 0;            ///< and back.
  bool with_pairs = false;              ///< Text and JSON show the bytes between all pairs of ranks.
  std::optional<TokenOverlap> overlap;  ///< If draws are correlated or replayed.
  std::vector<RoutingComparison> comparisons;
  std::vector<std::string> notes;  ///< What the reader should know of the figures.
};

/// Text shows pairs of so many ranks at most: more columns have no room.
inline constexpr int most_ranks_in_text = 16;

std::string to_text(const RoutingReport& report);
std::string to_json(const RoutingReport& report);

/// A row per EP size, placement and layer; after those of all layers one with their means, whose layer is "mean".
std::string to_csv(const RoutingReport& report);

}  // namespace ringtail
