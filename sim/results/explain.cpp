#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/suggest.hpp"
#include "config/text.hpp"
#include "results/key_rules.hpp"
#include "results/result_keys.hpp"

namespace ringtail {
namespace {

bool matches(std::string_view row, std::string_view word) {
  return without_index(row) == without_index(word) || stands_for_any(row);
}

/// Whether `row` is `key` or, if `below`, something below it.
bool matches(const std::vector<std::string_view>& row, const std::vector<std::string_view>& key, bool below) {
  if (below ? row.size() <= key.size() : row.size() != key.size()) return false;
  return std::equal(key.begin(), key.end(), row.begin(),
                    [](std::string_view word, std::string_view of_row) { return matches(of_row, word); });
}

std::string row_text(const ResultKey& row) {
  std::string text = fmt::format("{}  ({})\n    {}\n", row.key, row.unit, row.meaning);
  if (!row.source.empty()) text += fmt::format("    source: {}\n", row.source);
  return text;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

}  // namespace

const ResultKey* find_result_key(std::string_view key) {
  const auto words = words_of(key);
  const ResultKey* found = nullptr;
  for (const ResultKey& row : result_keys()) {
    const auto of_row = words_of(row.key);
    if (!matches(of_row, words, false)) continue;
    // Words written out go before those that stand for any.
    if (!found || std::none_of(of_row.begin(), of_row.end(), stands_for_any)) found = &row;
  }
  return found;
}

std::optional<std::string> explain_result_key(std::string_view key) {
  const ResultKey* const found = find_result_key(key);
  if (!found) return std::nullopt;
  std::string text = row_text(*found);
  const auto words = words_of(found->key);
  for (const ResultKey& row : result_keys())
    if (matches(words_of(row.key), words, true)) text += row_text(row);
  return text;
}

std::string similar_result_keys(std::string_view key) {
  const auto words = words_of(key);
  std::vector<std::string> ends;
  std::vector<std::string> all;
  for (const ResultKey& row : result_keys()) {
    all.emplace_back(row.key);
    const auto of_row = words_of(row.key);
    if (words.empty() || of_row.size() < words.size()) continue;
    const auto from = of_row.end() - static_cast<std::ptrdiff_t>(words.size());
    const bool same_end = std::equal(words.begin(), words.end(), from, [](std::string_view a, std::string_view b) {
      return without_index(a) == without_index(b);
    });
    if (same_end) ends.emplace_back(row.key);
  }
  if (!ends.empty()) return fmt::format("did you mean {}?", fmt::join(ends, ", "));
  const std::string near = nearest(key, all);
  if (!near.empty()) return fmt::format("did you mean {}?", near);
  std::vector<std::string_view> top;
  for (const ResultKey& row : result_keys())
    if (row.key.find('.') == std::string_view::npos) top.push_back(row.key);
  return fmt::format("there are {}; each also explains what is below it", fmt::join(top, ", "));
}

std::string result_keys_markdown() {
  std::string text = "| key | unit | meaning | source |\n| --- | --- | --- | --- |\n";
  for (const ResultKey& row : result_keys())
    text += fmt::format("| `{}` | {} | {} | {} |\n", row.key, row.unit, escaped(row.meaning), escaped(row.source));
  return text;
}

}  // namespace ringtail
