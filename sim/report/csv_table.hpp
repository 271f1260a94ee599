#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

/// A table of CSV with a header.
struct CsvTable {
  struct Row {
    int line = 0;  ///< On which it begins, from 1.
    std::vector<std::string> cells;
  };
  std::vector<std::string> columns;
  std::vector<Row> rows;  ///< Each with a cell for every column.

  [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const;
};

/// Reads CSV as RFC 4180 has it, each line ended. Throws FileRefusal with the line of the first mistake: no header, a
/// row with too few or too many cells, or a last line that is cut.
[[nodiscard]] CsvTable read_csv(std::string_view text);

}  // namespace ringtail
