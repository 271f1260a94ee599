#include "results/key_rules.hpp"

#include <algorithm>

namespace ringtail {

std::vector<std::string_view> words_of(std::string_view key) {
  std::vector<std::string_view> words;
  while (!key.empty()) {
    const std::size_t dot = std::min(key.find('.'), key.size());
    words.push_back(key.substr(0, dot));
    key.remove_prefix(std::min(dot + 1, key.size()));
  }
  return words;
}

std::string_view without_index(std::string_view word) { return word.substr(0, word.find('[')); }

bool stands_for_any(std::string_view word) {
  word = without_index(word);
  return word.size() > 1 && std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

ValueRule rule_of(const ResultKey& row) {
  ValueRule rule{.type = row.unit};
  const auto take = [&](std::string_view end) {
    const bool is_there = rule.type.ends_with(end);
    if (is_there) rule.type.remove_suffix(end.size());
    return is_there;
  };
  if (take(", may be absent")) rule.presence = ValueRule::Presence::optional;
  if (take(", if feasible")) rule.presence = ValueRule::Presence::if_feasible;
  rule.may_be_negative = take(", may be negative");
  rule.items_may_be_null = take(", each or null");
  rule.may_be_null = take(" or null");
  return rule;
}

}  // namespace ringtail
