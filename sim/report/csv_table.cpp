#include "report/csv_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "results/json_file.hpp"

namespace ringtail {
namespace {

constexpr const char* write_again = "`ringtail sweep STUDY.yaml -o DIR` writes it anew; points that are done are kept";

/// Takes rows from the begin of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool has_row() const { return !rest_.empty(); }

  CsvTable::Row take_row() {
    CsvTable::Row row{line_, {}};
    do row.cells.push_back(take_cell());
    while (take(","));
    if (!take("\n") && !take("\r\n"))
      throw FileRefusal{rest_.empty() ? "ends in the middle of a line" : "has text behind a quoted cell", write_again,
                        fmt::format(":{}", line_)};
    ++line_;
    return row;
  }

 private:
  bool take(std::string_view begin) {
    if (!rest_.starts_with(begin)) return false;
    rest_.remove_prefix(begin.size());
    return true;
  }

  std::string take_cell() {
    if (!take("\"")) {
      const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
      std::string cell(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return cell;
    }
    std::string cell;
    while (true) {
      const std::size_t end = std::min(rest_.find('"'), rest_.size());
      cell += rest_.substr(0, end);
      rest_.remove_prefix(end);
      if (!take("\"")) throw FileRefusal{"a quoted cell has no end", write_again, fmt::format(":{}", line_)};
      if (!take("\"")) break;
      cell += '"';  // Doubled, it is one.
    }
    line_ += static_cast<int>(std::count(cell.begin(), cell.end(), '\n'));
    return cell;
  }

  std::string_view rest_;
  int line_ = 1;
};

}  // namespace

std::optional<std::size_t> CsvTable::find(std::string_view column) const {
  const auto at = std::find(columns.begin(), columns.end(), column);
  if (at == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(at - columns.begin());
}

CsvTable read_csv(std::string_view text) {
  Reader reader(text);
  if (!reader.has_row()) throw FileRefusal{"is empty", write_again, {}};
  CsvTable table;
  table.columns = reader.take_row().cells;
  while (reader.has_row()) {
    CsvTable::Row row = reader.take_row();
    if (row.cells.size() != table.columns.size())
      throw FileRefusal{fmt::format("{} cells, where the header has {}", row.cells.size(), table.columns.size()),
                        write_again, fmt::format(":{}", row.line)};
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace ringtail
