#include "results/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ringtail {
namespace {

template <class Value>
const Value* find(const std::vector<std::pair<std::string, Value>>& lines, const std::string& name) {
  const auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& each) { return each.first == name; });
  return line == lines.end() ? nullptr : &line->second;
}

template <class Value>
std::optional<Value> copy(const Value* value) {
  return value ? std::optional(*value) : std::nullopt;
}

/// The paths of a, then those that b alone has.
std::vector<ValueChange> changes(const TextLines& a, const TextLines& b) {
  std::vector<ValueChange> result;
  for (const auto& [path, value] : a) {
    const std::string* const other = find(b, path);
    if (!other || *other != value) result.push_back({path, value, copy(other)});
  }
  for (const auto& [path, value] : b)
    if (!find(a, path)) result.push_back({path, std::nullopt, value});
  return result;
}

std::vector<ValueChange> algorithm_changes(const ResultFile& a, const ResultFile& b) {
  std::vector<ValueChange> result;
  for (const auto& [family, algorithm] : a.algorithms) {
    const auto other = b.algorithms.find(family);
    if (other != b.algorithms.end() && other->second != algorithm) result.push_back({family, algorithm, other->second});
  }
  return result;
}

std::vector<double> values(const ResultFile& result, const std::string& line) {
  std::vector<double> values;
  for (const auto& replication : result.per_replication) {
    const auto at = replication.find(line);
    values.push_back(at == replication.end() ? 0 : at->second);
  }
  return values;
}

/// Sections in the order of results; lines of b alone come after those of a in their section.
std::size_t section(const std::string& line) {
  constexpr std::array<std::string_view, 4> sections = {"step", "breakdown_s", "overlap", "critical_path"};
  const std::string_view name = std::string_view(line).substr(0, line.find('.'));
  return static_cast<std::size_t>(std::find(sections.begin(), sections.end(), name) - sections.begin());
}

std::vector<TimeChange> time_changes(const ResultFile& a, const ResultFile& b, Pairing pairing) {
  std::vector<TimeChange> result;
  if (a.times.empty() || b.times.empty()) return result;
  const auto add = [&](const std::string& line) {
    const Seconds* const of_a = find(a.times, line);
    const Seconds* const of_b = find(b.times, line);
    result.push_back(
        {line, of_a ? *of_a : 0, of_b ? *of_b : 0, difference_interval(values(a, line), values(b, line), pairing)});
  };
  for (const auto& [line, seconds] : a.times) add(line);
  for (const auto& [line, seconds] : b.times)
    if (!find(a.times, line)) add(line);
  std::stable_sort(result.begin(), result.end(),
                   [](const TimeChange& x, const TimeChange& y) { return section(x.what) < section(y.what); });
  return result;
}

void explain_pairing(const ResultFile& a, const ResultFile& b, Difference& difference) {
  const std::size_t n_a = a.per_replication.size();
  const std::size_t n_b = b.per_replication.size();
  if (a.times.empty() || b.times.empty()) {
    difference.pairing_reason = "an infeasible deployment was not simulated";
  } else if (n_a == 0 || n_b == 0) {
    difference.pairing_reason = "a result does not say what each replication measured";
  } else {
    const auto [pairing, reason] = choose_pairing({a.seed, n_a}, {b.seed, n_b});
    difference.pairing = pairing;
    difference.pairing_reason = reason;
  }
}

}  // namespace

bool Difference::empty() const {
  return configuration.empty() && capacity.empty() && algorithms.empty() &&
         std::all_of(times.begin(), times.end(), [](const TimeChange& time) { return time.a == time.b; });
}

Difference diff(const ResultFile& a, const ResultFile& b) {
  Difference difference;
  difference.configuration = changes(a.configuration, b.configuration);
  difference.capacity = changes(a.capacity, b.capacity);
  difference.algorithms = algorithm_changes(a, b);
  explain_pairing(a, b, difference);
  difference.times = time_changes(a, b, difference.pairing);
  return difference;
}

}  // namespace ringtail
