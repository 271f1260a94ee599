#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "study/figures.hpp"
#include "study/summary.hpp"

namespace ringtail {

/// Reads what became of each point, one after the other: a study's results need not fit into memory. With a folder,
/// writes results.csv, results.jsonl and summary.csv into it, all of them or none; the same bytes whatever
/// the order of simulation. Throws StoreError if a store cannot be read or a file cannot be written.
[[nodiscard]] std::vector<SummaryRow> read_results(const Study& study, const std::vector<PlannedPoint>& points,
                                                   const FindRecord& find,
                                                   const std::optional<std::filesystem::path>& folder);

}  // namespace ringtail
