#include "routing/expert_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>

#include "base/csv.hpp"

namespace ringtail {
namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

constexpr std::size_t no_layer = static_cast<std::size_t>(-1);

/// Where the columns are; of a matrix without a header `layer` is no_layer.
struct Header {
  std::size_t layer = 0;
  std::size_t first_expert = 0;
  std::size_t columns = 0;
};

/// Of a file that is a matrix alone: a row per layer, in order. Any number tells, so that what is none among them is
/// shown as the mistake.
bool is_matrix(const std::vector<std::string_view>& first_line) {
  return std::find(first_line.begin(), first_line.end(), "layer") == first_line.end() &&
         std::any_of(first_line.begin(), first_line.end(), [](std::string_view cell) { return number(cell); });
}

std::optional<Header> read_header(const std::vector<std::string_view>& names) {
  const auto layer = std::find(names.begin(), names.end(), "layer");
  if (layer == names.end()) return std::nullopt;
  // The longest end of the header that reads c0, c1, ..
  for (std::size_t first = 0; first < names.size(); ++first) {
    const std::string_view word = names[first].substr(0, names[first].find_last_not_of("0123456789") + 1);
    if (word.empty()) continue;
    std::size_t expert = first;
    while (expert < names.size() && names[expert] == fmt::format("{}{}", word, expert - first)) ++expert;
    if (expert == names.size()) return Header{static_cast<std::size_t>(layer - names.begin()), first, names.size()};
  }
  return std::nullopt;
}

/// The layers of one table.
using Table = std::map<double, std::vector<double>>;

class Reader {
 public:
  [[nodiscard]] std::string read(const std::string& text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    std::size_t line_number = 0;
    for (std::size_t begin = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      std::string_view line(text.data() + begin, end - begin);
      begin = end + 1;
      ++line_number;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      at_ = line.data();
      if (const std::string error = read_line(split_cells(line)); !error.empty())
        return fmt::format("line {}{}", line_number, error);
    }
    return header_ ? "" : "it has no header";
  }

  [[nodiscard]] const std::map<std::string, Table>& tables() const { return tables_; }

 private:
  std::string read_line(const std::vector<std::string_view>& cells) {
    if (!header_ && is_matrix(cells)) header_ = Header{no_layer, 0, cells.size()};
    if (!header_) {
      header_ = read_header(cells);
      if (header_) return "";
      return cells.size() == 1 ? wrong_separator(cells.front())
                               : ": the header must have a column layer and end with one column per expert: c0,c1,..";
    }
    if (cells.size() != header_->columns)
      return fmt::format(": {} values, but {} has {}", cells.size(),
                         header_->layer == no_layer ? "the first line" : "the header", header_->columns);
    return header_->layer == no_layer ? read_row(cells, static_cast<double>(tables_[""].size()), "")
                                      : read_labelled(cells);
  }

  std::string read_labelled(const std::vector<std::string_view>& cells) {
    const auto layer = number(cells[header_->layer]);
    if (!layer) return at(cells[header_->layer], "is not the number of a layer");
    std::string label;
    for (std::size_t i = 0; i < header_->first_expert; ++i)
      if (i != header_->layer && !number(cells[i])) label += fmt::format("{}{}", label.empty() ? "" : "/", cells[i]);
    return read_row(cells, *layer, label);
  }

  std::string read_row(const std::vector<std::string_view>& cells, double layer, const std::string& label) {
    std::vector<double>& row = tables_[label][layer];
    if (!row.empty()) return fmt::format(": layer {} is there twice", layer);
    for (std::size_t i = header_->first_expert; i < cells.size(); ++i) {
      const auto count = number(cells[i]);
      if (!count || *count < 0) return at(cells[i], "is not a count: it must be a number of at least 0");
      row.push_back(*count);
    }
    return "";
  }

  /// What is wrong with a cell, and in which column it begins.
  [[nodiscard]] std::string at(std::string_view cell, std::string_view mistake) const {
    return fmt::format(", column {}: {} {}", cell.data() - at_ + 1, shown(cell), mistake);
  }

  static std::string wrong_separator(std::string_view line) {
    const bool is_semicolon = line.find(';') != std::string_view::npos;
    if (!is_semicolon && line.find('\t') == std::string_view::npos)
      return ": it must be a header, or a matrix with a value per expert, separated by commas";
    return fmt::format(": values are separated by {}; it must be commas", is_semicolon ? "';'" : "tabs");
  }

  std::optional<Header> header_;
  std::map<std::string, Table> tables_;
  const char* at_ = nullptr;  ///< The line that is read.
};

/// Why `rows` names none of several tables.
std::string no_such_rows(const std::string& rows, const std::map<std::string, Table>& tables) {
  if (tables.size() == 1 && tables.begin()->first.empty())
    return fmt::format("it has no rows named {}: there is one table, without a name; leave out rows", shown(rows));
  std::vector<std::string> names;
  for (const auto& [name, unused] : tables) names.push_back(name.empty() ? "'' (no text before the numbers)" : name);
  return fmt::format("{}; rows can be: {}",
                     rows.empty() ? "it has several tables" : "it has no rows named " + shown(rows),
                     fmt::join(names, ", "));
}

}  // namespace

ExpertCounts read_expert_counts(const std::string& text, const std::string& rows) {
  Reader reader;
  ExpertCounts result;
  result.error = reader.read(text);
  if (!result.error.empty()) return result;
  const auto& tables = reader.tables();
  const auto table = rows.empty() && tables.size() == 1 ? tables.begin() : tables.find(rows);
  if (table == tables.end()) {
    result.error = tables.empty() ? "it has no rows" : no_such_rows(rows, tables);
    return result;
  }
  for (const auto& [layer, counts] : table->second) result.counts.push_back(counts);
  return result;
}

}  // namespace ringtail
