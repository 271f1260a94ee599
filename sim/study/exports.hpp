#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "study/figures.hpp"

namespace ringtail {

/// A column of the table of results that follows those of the axes.
struct ExportColumn {
  std::string_view name;  ///< With its unit.
  std::string_view
      pointer;  ///< Where its value stands in a replication's JSON, or in the whole result's if it begins with "/..".
};

/// In order.
[[nodiscard]] const std::vector<ExportColumn>& export_columns();

/// Tidy CSV (RFC 4180): a row per point and replication, in the order of the study; points that have no result have one
/// row without figures, points that were not simulated none. The same bytes whatever the order of simulation.
[[nodiscard]] std::string export_csv(const Study& study, const std::vector<PlannedPoint>& points,
                                     const FindRecord& find);

/// A line of JSON per point: its identity, levels, outcome, reason, and result (docs/results.md).
[[nodiscard]] std::string export_json_lines(const Study& study, const std::vector<PlannedPoint>& points,
                                            const FindRecord& find);

}  // namespace ringtail
