#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "study/store.hpp"

namespace ringtail {

/// Finds what became of a point; nothing if it has not been simulated.
using FindRecord = std::function<std::optional<PointRecord>(const std::string& identity)>;

/// Looks into several stores: what is done anywhere counts, then what is infeasible, failed, or timed out. Throws
/// StoreError if two stores have different results of one point, which must not be.
[[nodiscard]] FindRecord find_in(const std::vector<Store>& stores);

/// What became of a point, with its result read.
struct PointOutcome {
  PointRecord record;
  nlohmann::json result;  ///< docs/results.md; null unless the point is done.
};
[[nodiscard]] PointOutcome read_outcome(PointRecord record);

/// What summaries need of a result, a value per replication.
struct PointFigures {
  std::uint64_t seed = 0;
  std::vector<double> tpot_s;
  std::vector<double> tokens_per_s_per_gpu;
  double batch_total = 0;
  std::optional<double> rank_max_over_mean;
};
[[nodiscard]] PointFigures read_figures(const nlohmann::json& result);

}  // namespace ringtail
