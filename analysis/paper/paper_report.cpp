#include "paper/paper_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "results/table.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;
constexpr int schema_version = 1;

/// Remarks of a table, each numbered when it is first met.
class Remarks {
 public:
  /// " [1]"; nothing without a remark.
  std::string mark(const std::string& remark) {
    if (remark.empty()) return "";
    const auto at = std::find(all_.begin(), all_.end(), remark);
    const auto number = at - all_.begin() + 1;
    if (at == all_.end()) all_.push_back(remark);
    return fmt::format(" [{}]", number);
  }
  [[nodiscard]] std::string text() const {
    std::string lines;
    for (std::size_t i = 0; i < all_.size(); ++i) lines += fmt::format("[{}] {}\n", i + 1, all_[i]);
    return lines.empty() ? "" : "\n" + lines;
  }

 private:
  std::vector<std::string> all_;
};

/// Four digits, whole numbers whole.
std::string value_text(double value) {
  return std::abs(value) >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::string figure_text(const Figure& figure, Remarks& remarks) {
  return (figure.value ? value_text(*figure.value) : "-") + remarks.mark(figure.remark);
}

std::string agreement(const ReproducedCell& cell) {
  const auto agrees = cell.agrees();
  return agrees ? (*agrees ? "yes" : "no") : "";
}

std::string for_people(const ReproducedTable& reproduced, ReportFormat format) {
  const ReferenceTable& table = reproduced.table;
  TableRows rows = {{"row", "cell", "printed", "paper's switches", "as printed", "physical", "simulated"}};
  Remarks remarks;
  std::string last;
  for (const ReproducedCell& cell : reproduced.cells) {
    rows.push_back({cell.row == last && format == ReportFormat::text ? "" : cell.row,
                    std::string(name_of(cell.quantity)), cell.printed, figure_text(cell.paper, remarks),
                    agreement(cell), figure_text(cell.physical, remarks), figure_text(cell.simulated, remarks)});
    last = cell.row;
  }
  const bool is_markdown = format == ReportFormat::markdown;
  std::string text = fmt::format("{}Table {}: {}\n\n", is_markdown ? "## " : "", table.number, table.title);
  text += is_markdown ? table_markdown(rows) : table_text(rows);
  std::string list = remarks.text();
  for (const std::string& note : table.notes) list += fmt::format("\n{}\n", note);
  return text + list;
}

std::string csv(const std::vector<ReproducedTable>& tables) {
  TableRows rows = {{"table", "row", "cell", "printed", "paper", "as_printed", "physical", "simulated", "paper_remark",
                     "physical_remark", "simulated_remark"}};
  const auto exact = [](const Figure& f) { return f.value ? fmt::format("{}", *f.value) : std::string(); };
  for (const auto& [table, cells] : tables)
    for (const ReproducedCell& cell : cells)
      rows.push_back({std::to_string(table.number), cell.row, std::string(name_of(cell.quantity)), cell.printed,
                      exact(cell.paper), agreement(cell), exact(cell.physical), exact(cell.simulated),
                      cell.paper.remark, cell.physical.remark, cell.simulated.remark});
  return table_csv(rows);
}

Json figure_json(const Figure& figure) {
  return {{"value", figure.value ? Json(*figure.value) : Json(nullptr)},
          {"remark", figure.remark.empty() ? Json(nullptr) : Json(figure.remark)}};
}

std::string json(const std::vector<ReproducedTable>& tables) {
  Json all = {{"schema_version", schema_version}, {"tables", Json::array()}};
  for (const auto& [table, cells] : tables) {
    Json list = Json::array();
    for (const ReproducedCell& cell : cells) {
      const auto agrees = cell.agrees();
      list.push_back({{"row", cell.row},
                      {"cell", name_of(cell.quantity)},
                      {"printed", cell.printed},
                      {"paper", figure_json(cell.paper)},
                      {"as_printed", agrees ? Json(*agrees) : Json(nullptr)},
                      {"physical", figure_json(cell.physical)},
                      {"simulated", figure_json(cell.simulated)}});
    }
    all["tables"].push_back({{"table", table.number},
                             {"title", table.title},
                             {"source", table.source},
                             {"notes", table.notes},
                             {"cells", list}});
  }
  return all.dump(2) + "\n";
}

}  // namespace

std::string report(const std::vector<ReproducedTable>& tables, ReportFormat format) {
  if (format == ReportFormat::json) return json(tables);
  if (format == ReportFormat::csv) return csv(tables);
  std::string text;
  for (const ReproducedTable& table : tables) text += (text.empty() ? "" : "\n") + for_people(table, format);
  return text;
}

}  // namespace ringtail
