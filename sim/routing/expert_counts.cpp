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

/// Of a file that is a matrix of numbers alone: a row per layer, in order.
bool is_matrix(const std::vector<std::string_view>& first_line) {
  return std::all_of(first_line.begin(), first_line.end(), [](std::string_view cell) { return number(cell); });
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
    std::size_t line_number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      std::string_view line(text.data() + begin, end - begin);
      begin = end + 1;
      ++line_number;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      if (const std::string error = read_line(split_cells(line)); !error.empty())
        return fmt::format("line {}: {}", line_number, error);
    }
    return header_ ? "" : "it has no header";
  }

  [[nodiscard]] const std::map<std::string, Table>& tables() const { return tables_; }

 private:
  std::string read_line(const std::vector<std::string_view>& cells) {
    if (!header_ && is_matrix(cells)) header_ = Header{no_layer, 0, cells.size()};
    if (!header_) {
      header_ = read_header(cells);
      return header_ ? "" : "the header must have a column layer and end with one column per expert: c0,c1,..";
    }
    if (cells.size() != header_->columns)
      return fmt::format("{} values, but {} has {}", cells.size(),
                         header_->layer == no_layer ? "the first line" : "the header", header_->columns);
    return header_->layer == no_layer ? read_row(cells, static_cast<double>(tables_[""].size()), "")
                                      : read_labelled(cells);
  }

  std::string read_labelled(const std::vector<std::string_view>& cells) {
    const auto layer = number(cells[header_->layer]);
    if (!layer) return fmt::format("'{}' is not the number of a layer", cells[header_->layer]);
    std::string label;
    for (std::size_t i = 0; i < header_->first_expert; ++i)
      if (i != header_->layer && !number(cells[i])) label += fmt::format("{}{}", label.empty() ? "" : "/", cells[i]);
    return read_row(cells, *layer, label);
  }

  std::string read_row(const std::vector<std::string_view>& cells, double layer, const std::string& label) {
    std::vector<double>& row = tables_[label][layer];
    if (!row.empty()) return fmt::format("layer {} is there twice", layer);
    for (std::size_t i = header_->first_expert; i < cells.size(); ++i) {
      const auto count = number(cells[i]);
      if (!count || *count < 0) return fmt::format("'{}' is not a count: it must be a number of at least 0", cells[i]);
      row.push_back(*count);
    }
    return "";
  }

  std::optional<Header> header_;
  std::map<std::string, Table> tables_;
};

}  // namespace

ExpertCounts read_expert_counts(const std::string& text, const std::string& rows) {
  Reader reader;
  ExpertCounts result;
  result.error = reader.read(text);
  if (!result.error.empty()) return result;
  const auto& tables = reader.tables();
  const auto table = rows.empty() && tables.size() == 1 ? tables.begin() : tables.find(rows);
  if (table == tables.end()) {
    std::vector<std::string> names;
    for (const auto& [name, unused] : tables) names.push_back(name);
    result.error = tables.empty() ? "it has no rows"
                                  : fmt::format("{}; rows can be: {}",
                                                rows.empty() ? "it has several tables"
                                                             : fmt::format("it has no rows named '{}'", rows),
                                                fmt::join(names, ", "));
    return result;
  }
  for (const auto& [layer, counts] : table->second) result.counts.push_back(counts);
  return result;
}

}  // namespace ringtail
