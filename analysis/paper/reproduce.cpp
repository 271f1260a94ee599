#include "paper/reproduce.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/load.hpp"
#include "paper/figures_of_row.hpp"
#include "paper/printed_figure.hpp"

namespace ringtail {
namespace {

bool needs_times(const ReferenceTable& table) {
  return std::any_of(table.columns.begin(), table.columns.end(), [](Quantity quantity) { return is_timed(quantity); });
}

std::string dense_model(const ReferenceRow& row) { return fmt::format("{{dense_of: {}, q: {}}}", row.model, *row.q); }

/// The batch that the row prints for a variant; 0 if it prints none.
int printed_batch(const ReferenceTable& table, const ReferenceRow& row, Quantity quantity) {
  if (row.batch > 0) return row.batch;
  const auto column = std::find(table.columns.begin(), table.columns.end(), quantity);
  if (column == table.columns.end()) return 0;
  const auto figure = printed_figure(row.printed[static_cast<std::size_t>(column - table.columns.begin())]);
  return figure ? static_cast<int>(figure->value) : 0;
}

/// Finds the variants of rows.
class Rows {
 public:
  Rows(const ReferenceTable& table, const PaperOptions& options, Variants& variants)
      : table_(table), options_(options), variants_(variants) {}

  RowCase make(const ReferenceRow& row) {
    const auto file = options_.data / "workloads" / "models" / (row.model + ".yaml");
    ModelResult model = load_model(file);
    if (!model.model) throw ReferenceError(model.errors);
    RowCase found{.row = row, .model = std::move(*model.model)};
    if (row.deployment.empty()) return found;
    if (found.model.moe && row.side != ReferenceRow::Side::dense)
      found.moe = variant(row, row.model, Quantity::batch_moe, "MoE");
    if (!found.model.moe)
      found.dense = variant(row, row.model, Quantity::batch_dense, "dense");
    else if (row.q && row.side != ReferenceRow::Side::moe)
      found.dense = variant(row, dense_model(row), Quantity::batch_dense, "dense");
    return found;
  }

 private:
  Variant* variant(const ReferenceRow& row, const std::string& model, Quantity batch, const std::string& side) {
    Variant& found = variants_.get({row.deployment, model, row.context, printed_batch(table_, row, batch)});
    if (needs_times(table_)) variants_.simulate(found, fmt::format("table {}, {}, {}", table_.number, row.name, side));
    return &found;
  }

  const ReferenceTable& table_;
  const PaperOptions& options_;
  Variants& variants_;
};

ReproducedTable reproduce(const ReferenceTable& table, const PaperOptions& options, Variants& variants) {
  ReproducedTable result{table, {}};
  Rows rows(table, options, variants);
  std::vector<RowCase> cases;
  for (const ReferenceRow& row : table.rows) cases.push_back(rows.make(row));
  for (const RowCase& found : cases) {
    const RowCase& hundred = table.hundred == ReferenceTable::Hundred::first_row ? cases.front() : found;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      ReproducedCell cell{found.row.name, table.columns[i], found.row.printed[i], {}, {}, {}};
      cell.paper = figure(found, hundred, cell.quantity, Reading::paper, table.unit);
      cell.physical = figure(found, hundred, cell.quantity, Reading::physical, table.unit);
      cell.simulated = figure(found, hundred, cell.quantity, Reading::simulated, table.unit);
      result.cells.push_back(std::move(cell));
    }
  }
  return result;
}

}  // namespace

std::optional<bool> ReproducedCell::agrees() const {
  if (printed == "OOM" || printed == "infeasible") return paper.value ? std::optional(*paper.value == 0) : std::nullopt;
  const auto as_printed = printed_figure(printed);
  if (!as_printed) return std::nullopt;
  return paper.value && as_printed->shows(*paper.value);
}

std::vector<ReproducedTable> reproduce(const std::vector<ReferenceTable>& tables, const PaperOptions& options) {
  Variants variants(options);
  std::vector<ReproducedTable> result;
  for (const ReferenceTable& table : tables) result.push_back(reproduce(table, options, variants));
  return result;
}

}  // namespace ringtail
