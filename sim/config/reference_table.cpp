#include "config/reference_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/catalog.hpp"
#include "config/field.hpp"
#include "config/text.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {

namespace {

using Row = ReferenceRow;
using Table = ReferenceTable;

const std::vector<std::pair<std::string, Quantity>>& quantity_names() {
  static const std::vector<std::pair<std::string, Quantity>> names = {
      {"experts", Quantity::experts},
      {"experts_per_token", Quantity::experts_per_token},
      {"s", Quantity::sparsity},
      {"q", Quantity::quality},
      {"qs", Quantity::quality_sparsity},
      {"B_moe", Quantity::batch_moe},
      {"B_dense", Quantity::batch_dense},
      {"r_moe", Quantity::reuse_moe},
      {"r_dense", Quantity::reuse_dense},
      {"routing", Quantity::routing},
      {"capacity", Quantity::capacity},
      {"gap", Quantity::gap},
      {"throughput_moe", Quantity::throughput_moe},
      {"throughput_dense", Quantity::throughput_dense},
      {"speedup", Quantity::speedup},
      {"hbm", Quantity::hbm},
      {"compute", Quantity::compute},
      {"communication", Quantity::communication},
  };
  return names;
}

Format<Row> row_format() {
  const auto losses = mapping<Row::Losses>({
      required("dense", &Row::Losses::dense, number(above(0)), "Loss of the dense model."),
      required("moe", &Row::Losses::moe, number(above(0)), "Loss of the MoE."),
  });
  const auto side =
      choice<Row::Side>({{"both", Row::Side::both}, {"moe", Row::Side::moe}, {"dense", Row::Side::dense}});
  return mapping<Row>({
      required("name", &Row::name, label(), "As shown."),
      defaulted("deployment", &Row::deployment, text(), "File in deployments/."),
      required("model", &Row::model, label(), "Name of a model."),
      optional("q", &Row::q, number(above(0)), "Of the dense counterpart."),
      optional("losses", &Row::losses, losses, "That q follows from."),
      defaulted("side", &Row::side, side, "Which variant the cells are of."),
      defaulted("context", &Row::context, count(unit::tokens(), between(0, 1073741824)), "Cached tokens."),
      defaulted("batch", &Row::batch, integer(between(0, 1073741824)), "Sequences that times are of."),
      required("printed", &Row::printed, list(label()), "A cell per column."),
  });
}

Format<Table> table_format() {
  const auto hundred = choice<Table::Hundred>(
      {{"none", Table::Hundred::none}, {"first_row", Table::Hundred::first_row}, {"own_row", Table::Hundred::own_row}});
  return mapping<Table>({
      required("table", &Table::number, integer(between(1, 1000)), "Its number."),
      required("title", &Table::title, label(), "What it shows."),
      required("source", &Table::source, label(), "Where it is printed."),
      required("columns", &Table::columns, list(choice<Quantity>(quantity_names())), "What is printed."),
      defaulted("unit", &Table::unit, quantity(unit::time(), between(0, 1)), "Of times per token."),
      defaulted("hundred", &Table::hundred, hundred, "Row whose MoE's throughput is 100."),
      required("rows", &Table::rows, list(row_format()), "Rows."),
      defaulted("notes", &Table::notes, list(label()), "What cannot be reproduced, and why."),
  });
}

void check_rows(const Table& table, const Node& root, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    if (table.rows[i].printed.size() != table.columns.size())
      diagnostics.error(root.find("rows")->items[i],
                        fmt::format("rows[{}].printed has {} cells, and there are {} columns", i,
                                    table.rows[i].printed.size(), table.columns.size()));
}

}  // namespace

std::string_view name_of(Quantity quantity) {
  for (const auto& [name, value] : quantity_names())
    if (value == quantity) return name;
  return "";
}

std::filesystem::path reference_directory(const std::filesystem::path& data) { return data / "analysis" / "reference"; }

ReferenceTables load_reference_tables(const std::filesystem::path& folder) {
  ReferenceTables result;
  for (const auto& file : yaml_files(folder)) {
    SourceMap sources;
    Diagnostics diagnostics;
    if (auto root = read_yaml_file(file, "", sources, diagnostics)) {
      assign_paths(*root, sources);
      auto table = table_format().read(*root, diagnostics);
      if (table && diagnostics.empty()) check_rows(*table, *root, diagnostics);
      if (table) result.tables.push_back(std::move(*table));
    }
    if (!diagnostics.empty()) result.errors += diagnostics.render(sources);
  }
  std::sort(result.tables.begin(), result.tables.end(),
            [](const Table& a, const Table& b) { return a.number < b.number; });
  if (result.tables.empty() && result.errors.empty())
    result.errors = fmt::format("error: there are no tables in {}\n", printable(folder.string()));
  if (!result.errors.empty()) result.tables.clear();
  return result;
}

}  // namespace ringtail
