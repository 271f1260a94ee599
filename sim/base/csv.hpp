#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

/// What readers of CSV share.
namespace ringtail {

/// The fields of a line without quoted ones.
[[nodiscard]] inline std::vector<std::string_view> split_cells(std::string_view line) {
  std::vector<std::string_view> cells;
  while (true) {
    const std::size_t comma = line.find(',');
    cells.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

/// Without blanks at both ends.
[[nodiscard]] inline std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// What a message shows of a text that may be anything.
[[nodiscard]] inline std::string shown(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, 40)) result += c >= ' ' && c <= '~' ? c : '?';
  return fmt::format("'{}{}'", result, text.size() > 40 ? "..." : "");
}

}  // namespace ringtail
