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

/// Tidy CSV (RFC 4180): the names of the columns, and a row per replication of a point, or one without figures if it
/// has no result.
[[nodiscard]] std::string csv_header(const Study& study);
[[nodiscard]] std::string csv_rows(const Study& study, const PlannedPoint& point, const PointOutcome& outcome);

/// A line of JSON for a point: its identity, levels, outcome, reason, and result (docs/results.md).
[[nodiscard]] std::string json_line(const Study& study, const PlannedPoint& point, const PointRecord& record);

}  // namespace ringtail
