#include "timeline/selection.hpp"

#include <algorithm>
#include <charconv>

namespace ringtail {
namespace {

/// The number at the begin of `text`, which it is removed from.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Selection> Selection::parse(const std::string& text) {
  Selection selection;
  std::string_view rest = text;
  do {
    const auto first = take_number(rest);
    const auto last = take(rest, '-') ? take_number(rest) : first;
    if (!first || !last || *last < *first) return std::nullopt;
    selection.ranges_.push_back({*first, *last});
  } while (take(rest, ','));
  if (!rest.empty()) return std::nullopt;
  return selection;
}

bool Selection::contains(int number) const {
  return ranges_.empty() || std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
           return range.first <= number && number <= range.last;
         });
}

int Selection::largest() const {
  int largest = -1;
  for (const Range& range : ranges_) largest = std::max(largest, range.last);
  return largest;
}

}  // namespace ringtail
