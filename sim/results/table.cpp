#include "results/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace ringtail {
namespace {

/// Characters, not bytes, of UTF-8: "±" is one wide.
std::size_t width_of(const std::string& cell) {
  return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string replaced(const std::string& cell, char what, std::string_view by) {
  std::string text;
  for (const char c : cell) {
    if (c == what)
      text += by;
    else
      text += c;
  }
  return text;
}

std::string csv_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  return '"' + replaced(cell, '"', "\"\"") + '"';
}

}  // namespace

std::string table_text(const TableRows& rows) {
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string text;
  for (const auto& row : rows) {
    std::string line = row.front() + std::string(widths.front() - width_of(row.front()), ' ');
    for (std::size_t i = 1; i < row.size(); ++i) line += std::string(2 + widths[i] - width_of(row[i]), ' ') + row[i];
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string table_csv(const TableRows& rows) {
  std::string text;
  for (const auto& row : rows) {
    std::vector<std::string> cells(row.size());
    std::transform(row.begin(), row.end(), cells.begin(), csv_cell);
    text += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return text;
}

std::string table_markdown(const TableRows& rows) {
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const std::string& cell : rows[i]) text += "| " + replaced(cell, '|', "\\|") + " ";
    text += "|\n";
    if (i > 0) continue;
    text += "| --- ";
    for (std::size_t column = 1; column < rows[i].size(); ++column) text += "| ---: ";
    text += "|\n";
  }
  return text;
}

}  // namespace ringtail
