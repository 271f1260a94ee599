#include "study/exports.hpp"

#include <fmt/format.h>

#include "results/table.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::json;

std::string cell_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  return value.is_null() ? "" : value.dump();
}

std::string cell_of(const ExportColumn& column, const Json& result, const Json& replication) {
  const bool is_of_whole = column.pointer.starts_with("/..");
  const Json& json = is_of_whole ? result : replication;
  const Json::json_pointer pointer(std::string(column.pointer.substr(is_of_whole ? 3 : 0)));
  return json.contains(pointer) ? cell_of(json.at(pointer)) : "";
}

}  // namespace

const std::vector<ExportColumn>& export_columns() {
  static const std::vector<ExportColumn> columns = {
      {"seed", "/../provenance/seed"},
      {"gpus", "/../provenance/deployment/gpus"},
      {"batch_total_sequences", "/../capacity/batch_total"},
      {"batch_limit", "/../capacity/limit"},
      {"step_s", "/step_s"},
      {"accepted_tokens_per_step", "/../step/accepted_tokens"},
      {"tpot_s", "/tpot_s"},
      {"traversal_s", "/traversal_s"},
      {"tokens_per_s", "/tokens_per_s"},
      {"compute_bound_s", "/breakdown_s/compute_bound"},
      {"hbm_bound_s", "/breakdown_s/hbm_bound"},
      {"overhead_s", "/breakdown_s/overhead"},
      {"straggler_wait_s", "/breakdown_s/straggler_wait"},
      {"pipeline_bubble_s", "/breakdown_s/pipeline_bubble"},
      {"exposed_communication_s", "/breakdown_s/exposed_communication"},
      {"idle_s", "/breakdown_s/idle"},
      {"work_compute_s", "/work_s/compute"},
      {"work_hbm_s", "/work_s/hbm"},
      {"rank_max_over_mean", "/routing/rank_max_over_mean"},
      {"expert_max_over_mean", "/routing/expert_max_over_mean"},
      {"distinct_experts_per_layer", "/routing/distinct_experts_per_layer"},
      {"idle_ranks", "/routing/idle_ranks"},
      {"gini", "/routing/gini"},
      {"dropped_fraction", "/routing/dropped_fraction"},
  };
  return columns;
}

std::string csv_header(const Study& study) {
  std::vector<std::string> cells;
  for (const Axis& axis : study.axes) cells.push_back(axis.name);
  for (const std::string_view name : {"point", "outcome", "reason", "replication"}) cells.emplace_back(name);
  for (const ExportColumn& column : export_columns()) cells.emplace_back(column.name);
  return table_csv({cells});
}

std::string csv_rows(const Study& study, const PlannedPoint& point, const PointOutcome& outcome) {
  std::vector<std::string> first;
  for (std::size_t i = 0; i < study.axes.size(); ++i) first.push_back(study.axes[i].levels[point.levels[i]].label);
  const PointRecord& record = outcome.record;
  first.insert(first.end(), {record.identity, record.outcome, record.reason});
  if (outcome.result.is_null()) {
    first.resize(first.size() + 1 + export_columns().size());
    return table_csv({first});
  }
  TableRows rows;
  for (const Json& replication : outcome.result.at("per_replication")) {
    std::vector<std::string> row = first;
    row.push_back(std::to_string(rows.size()));
    for (const ExportColumn& column : export_columns()) row.push_back(cell_of(column, outcome.result, replication));
    rows.push_back(std::move(row));
  }
  return table_csv(rows);
}

std::string json_line(const Study& study, const PlannedPoint& point, const PointRecord& record) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < study.axes.size(); ++i)
    levels[study.axes[i].name] = study.axes[i].levels[point.levels[i]].label;
  const bool is_done = record.outcome == "done";
  const nlohmann::ordered_json line = {
      {"point", record.identity},
      {"levels", levels},
      {"outcome", record.outcome},
      {"reason", is_done ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(record.reason)}};
  std::string text = line.dump();
  text.pop_back();  // the result is JSON already
  return text + ",\"result\":" + (is_done ? record.result : "null") + "}\n";
}

}  // namespace ringtail
