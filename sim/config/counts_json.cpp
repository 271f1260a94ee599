#include "config/counts_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace ringtail {
namespace {

using Json = nlohmann::json;
using Matrix = std::vector<std::vector<double>>;

std::runtime_error mistake(const std::string& where, const Json& found) {
  std::string text = found.dump(-1, ' ', true, Json::error_handler_t::replace);
  constexpr std::size_t shown = 40;
  if (text.size() > shown) text = text.substr(0, shown) + "..";
  return std::runtime_error(fmt::format("{} is {}, not a count: it must be a number of at least 0", where, text));
}

std::vector<double> row(const Json& json, const std::string& where) {
  std::vector<double> values;
  for (std::size_t expert = 0; expert < json.size(); ++expert) {
    const Json& value = json[expert];
    if (!value.is_number() || !(value.get<double>() >= 0) || !std::isfinite(value.get<double>()))
      throw mistake(fmt::format("{}[{}]", where, expert), value);
    values.push_back(value.get<double>());
  }
  return values;
}

Matrix matrix(const Json& json, const std::string& where) {
  if (!json.is_array()) throw std::runtime_error(where + " must be a list of lists of counts, one per layer");
  Matrix rows;
  for (std::size_t layer = 0; layer < json.size(); ++layer) {
    const std::string here = fmt::format("{}[{}]", where, layer);
    if (!json[layer].is_array()) throw std::runtime_error(here + " must be a list of counts, one per expert");
    rows.push_back(row(json[layer], here));
    if (rows.back().empty() || rows.back().size() != rows.front().size())
      throw std::runtime_error(
          fmt::format("{} has {} experts, {}[0] has {}", here, rows.back().size(), where, rows.front().size()));
  }
  if (rows.empty()) throw std::runtime_error(where + " has no layers");
  return rows;
}

void add(Matrix& sum, const Matrix& more, const std::string& where) {
  if (sum.size() != more.size() || sum.front().size() != more.front().size())
    throw std::runtime_error(where + " has another shape than the batches before it");
  for (std::size_t layer = 0; layer < sum.size(); ++layer)
    std::transform(sum[layer].begin(), sum[layer].end(), more[layer].begin(), sum[layer].begin(), std::plus<>());
}

bool is_list_of_matrices(const Json& json) {
  return json.is_array() && !json.empty() && json[0].is_array() && !json[0].empty() && json[0][0].is_array();
}

Matrix read(const Json& json) {
  std::string where = "the matrix";
  const Json* counts = &json;
  for (const char* key : {"logical_count", "weight"}) {
    if (!json.is_object() || !json.contains(key)) continue;
    where = key;
    counts = &json[key];
    break;
  }
  if (!counts->is_array()) throw std::runtime_error("it has no matrix of counts under logical_count or weight");
  if (!is_list_of_matrices(*counts)) return matrix(*counts, where);
  Matrix sum = matrix((*counts)[0], where + "[0]");
  for (std::size_t batch = 1; batch < counts->size(); ++batch) {
    const std::string here = fmt::format("{}[{}]", where, batch);
    add(sum, matrix((*counts)[batch], here), here);
  }
  return sum;
}

}  // namespace

bool is_json(const std::string& text) {
  const std::size_t begin = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // A byte order mark is no content.
  const std::size_t first = text.find_first_not_of(" \t\r\n", begin);
  return first != std::string::npos && (text[first] == '{' || text[first] == '[');
}

ExpertCounts read_counts_json(const std::string& text) {
  try {
    return {read(Json::parse(text)), ""};
  } catch (const Json::parse_error& error) {
    const auto end = text.begin() + static_cast<long>(std::min(error.byte, text.size()));
    return {{}, fmt::format("line {}: not JSON", 1 + std::count(text.begin(), end, '\n'))};
  } catch (const std::runtime_error& error) {
    return {{}, error.what()};
  }
}

}  // namespace ringtail
