#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ringtail {

namespace {

constexpr std::size_t max_length = 100;  // of a word that may be a misspelt name; more would only cost time

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  // rows[i % 3][j]: distance between the first i characters of a and the first j of b.
  std::vector<std::vector<int>> rows(3, std::vector<int>(b.size() + 1));
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i - 1) % 3];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substitution = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({row[j - 1] + 1, above[j] + 1, substitution});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

namespace {

/// The first candidate that begins with the word: h100 for h100-sxm. A few letters begin too much.
std::string begun(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t fewest = 3;
  if (word.size() < fewest) return {};
  const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const std::string& candidate) {
    return lower(candidate).starts_with(lower(word));
  });
  return found == candidates.end() ? std::string() : *found;
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::pair<int, int> best_distance;
  if (word.size() > max_length) return best;
  for (const std::string& candidate : candidates) {
    const int distance = edit_distance(lower(word), lower(candidate));
    const int allowed = std::max(1, static_cast<int>(candidate.size()) / 3);
    if (distance > allowed || distance >= static_cast<int>(candidate.size())) continue;
    const std::pair exact{distance, edit_distance(word, candidate)};
    if (!best.empty() && exact >= best_distance) continue;
    best = candidate;
    best_distance = exact;
  }
  return best.empty() ? begun(word, candidates) : best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates, std::string_view label) {
  const auto near = nearest(word, candidates);
  const std::string question = near.empty() ? std::string() : fmt::format("did you mean '{}'? ", near);
  return fmt::format("{}{}: {}", question, label,
                     candidates.empty() ? "none" : fmt::format("{}", fmt::join(candidates, ", ")));
}

}  // namespace ringtail
