#pragma once

#include <string>
#include <vector>

#include "compare/report.hpp"
#include "paper/reproduce.hpp"

namespace ringtail {

/// The tables, a row for each cell (docs/paper.md lists the columns and keys).
[[nodiscard]] std::string report(const std::vector<ReproducedTable>& tables, ReportFormat format);

}  // namespace ringtail
