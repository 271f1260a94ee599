#include "study/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace ringtail {
namespace {

/// What a point's outcome is worth: the last counts most.
std::size_t rank_of(const std::string& outcome) {
  constexpr std::array<std::string_view, 4> order = {"timeout", "failed", "infeasible", "done"};
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), outcome) - order.begin());
}

}  // namespace

FindRecord find_in(const std::vector<Store>& stores) {
  return [&stores](const std::string& identity) {
    std::optional<PointRecord> best;
    for (const Store& store : stores) {
      auto record = store.find(identity);
      if (!record) continue;
      if (best && best->outcome == "done" && record->outcome == "done" && best->result != record->result)
        throw StoreError(fmt::format("two stores have different results of point {}", identity));
      if (!best || rank_of(record->outcome) > rank_of(best->outcome)) best = std::move(record);
    }
    return best;
  };
}

PointOutcome read_outcome(PointRecord record) {
  auto result = record.outcome == "done" ? nlohmann::json::parse(record.result) : nlohmann::json();
  return {std::move(record), std::move(result)};
}

PointFigures read_figures(const nlohmann::json& json) {
  PointFigures figures;
  figures.seed = json.at("provenance").at("seed").get<std::uint64_t>();
  const double gpus = json.at("provenance").at("deployment").at("gpus").get<double>();
  figures.batch_total = json.at("capacity").at("batch_total").get<double>();
  for (const auto& replication : json.at("per_replication")) {
    figures.tpot_s.push_back(replication.at("tpot_s").get<double>());
    figures.tokens_per_s_per_gpu.push_back(replication.at("tokens_per_s").get<double>() / gpus);
  }
  const auto& routing = json.at("routing");
  if (!routing.is_null()) figures.rank_max_over_mean = routing.at("rank_max_over_mean").get<double>();
  return figures;
}

}  // namespace ringtail
