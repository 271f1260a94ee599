#include "report/study_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include "config/text.hpp"
#include "report/csv_table.hpp"
#include "results/json_file.hpp"
#include "study/exports.hpp"

namespace ringtail {
namespace {

constexpr const char* write_again =
    "`ringtail sweep STUDY.yaml -o DIR` writes both anew; points that are done are kept";

std::optional<std::string> text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

[[noreturn]] void refuse(int line, const std::string& message) {
  throw FileRefusal{message, write_again, fmt::format(":{}", line)};
}

std::size_t column_of(const CsvTable& table, std::string_view name) {
  const auto at = table.find(name);
  if (!at) refuse(1, fmt::format("has no column {}", name));
  return *at;
}

/// The number in a cell, which must be above zero if `is_time`, else at least not beyond all figures.
double number_in(const CsvTable& table, const CsvTable::Row& row, std::size_t column, bool is_time) {
  const std::string& cell = row.cells[column];
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size() || !(std::abs(value) < 1e30))
    refuse(row.line, fmt::format("{} is {}, not a number", table.columns[column], in_quotes(cell)));
  if (is_time && value <= 0) refuse(row.line, fmt::format("{} is {}, not above zero", table.columns[column], cell));
  return value;
}

bool is_done(const CsvTable& table, const CsvTable::Row& row) {
  return row.cells[column_of(table, "outcome")] == "done";
}

/// All that stands in the columns behind `reason` is a number, but for what is text in results; cells may be empty.
void check_numbers(const CsvTable& table) {
  for (std::size_t column = column_of(table, "reason") + 1; column < table.columns.size(); ++column) {
    if (table.columns[column] == "batch_limit") continue;
    for (const CsvTable::Row& row : table.rows)
      if (!row.cells[column].empty()) number_in(table, row, column, false);
  }
}

/// TPOTs of the replications of each point that is done.
using Replications = std::map<std::string, std::vector<double>>;

Replications check_results(const CsvTable& results) {
  check_numbers(results);
  const std::size_t point = column_of(results, "point");
  std::vector<std::size_t> times;  // What a report adds up.
  for (const ExportColumn& column : export_columns())
    if (column.pointer.starts_with("/breakdown_s/")) times.push_back(column_of(results, column.name));
  const std::size_t tpot = column_of(results, "tpot_s");
  Replications replications;
  for (const CsvTable::Row& row : results.rows) {
    if (!is_done(results, row)) continue;
    for (const std::size_t column : times) number_in(results, row, column, false);
    replications[row.cells[point]].push_back(number_in(results, row, tpot, true));
  }
  return replications;
}

void check_summary(const CsvTable& summary, const Replications& replications) {
  const std::size_t point = column_of(summary, "point");
  if (point == 0) refuse(1, "has no axis before the column point");
  if (summary.rows.empty()) refuse(1, "has no points");
  check_numbers(summary);
  const std::size_t tpot = column_of(summary, "tpot_s");
  const std::size_t rate = column_of(summary, "tokens_per_s_per_gpu");
  for (const char* const name : {"tpot_s", "tokens_per_s_per_gpu"})
    for (const char* const end : {"_ci95_low", "_ci95_high"}) column_of(summary, std::string(name) + end);
  for (const CsvTable::Row& row : summary.rows) {
    if (!is_done(summary, row)) continue;
    number_in(summary, row, rate, true);
    const double mean = number_in(summary, row, tpot, true);
    const auto found = replications.find(row.cells[point]);
    if (found == replications.end())
      refuse(row.line, fmt::format("point {} is done, but results.csv has no row of it", in_quotes(row.cells[point])));
    double sum = 0;
    for (const double each : found->second) sum += each;
    const double of_results = sum / static_cast<double>(found->second.size());
    if (std::abs(of_results - mean) > 1e-9 * mean)
      refuse(row.line,
             fmt::format("tpot_s is {}, but the mean of its {} in results.csv is {}: are both of one run, and whole?",
                         mean, found->second.size(), of_results));
  }
}

}  // namespace

StudyTables read_study_tables(const std::filesystem::path& folder) {
  const auto summary = text_of(folder / "summary.csv");
  const auto results = text_of(folder / "results.csv");
  if (!summary || !results)
    return {{},
            {},
            FileRefusal{"there are no results of a study: summary.csv and results.csv",
                        "`ringtail sweep STUDY.yaml -o DIR` writes them, then `ringtail report DIR` shows them",
                        {}}
                .text(folder.string())};
  std::filesystem::path file = folder / "results.csv";
  try {
    const Replications replications = check_results(read_csv(*results));
    file = folder / "summary.csv";
    check_summary(read_csv(*summary), replications);
    return {*summary, *results, {}};
  } catch (const FileRefusal& refusal) {
    return {{}, {}, refusal.text(file.string())};
  }
}

}  // namespace ringtail
