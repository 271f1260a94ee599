#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "results/diff.hpp"

namespace ringtail {
namespace {

/// With a sign: "+18.42 us".
std::string signed_time(Seconds seconds) {
  const double size = std::abs(seconds);
  if (size >= 1) return fmt::format("{:+.3f} s", seconds);
  if (size >= 1e-3) return fmt::format("{:+.3f} ms", seconds * 1e3);
  return fmt::format("{:+.2f} us", seconds * 1e6);
}

std::string time(Seconds seconds) { return signed_time(seconds).substr(1); }

/// "critical_path.expert_up" as "expert up", "overlap.dispatch.exposed_s" as "dispatch exposed".
std::string label(const std::string& line) {
  std::string text = line.substr(line.find('.') == std::string::npos ? 0 : line.find('.') + 1);
  if (text.size() > 2 && text.ends_with("_s")) text.resize(text.size() - 2);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '_' || c == '.'; }, ' ');
  return text;
}

std::string row(const TimeChange& change) {
  const std::string percent =
      change.a > 0 ? fmt::format("{:+.1f} %", 100 * change.difference() / change.a) : std::string();
  std::string interval;
  if (change.ci95) interval = fmt::format("[{}, {}]", signed_time(change.ci95->low), signed_time(change.ci95->high));
  std::string text = fmt::format("  {:<36} {:>11} {:>11} {:>12} {:>9}  {}", label(change.what), time(change.a),
                                 time(change.b), signed_time(change.difference()), percent, interval);
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string value_changes(std::string_view title, const std::vector<ValueChange>& changes) {
  if (changes.empty()) return {};
  std::size_t width = 0;
  for (const ValueChange& change : changes) width = std::max(width, change.path.size());
  std::string text = fmt::format("\n{}\n", title);
  for (const ValueChange& change : changes)
    text += fmt::format("  {:<{}}  {} -> {}\n", change.path, width, change.a.value_or("(not given)"),
                        change.b.value_or("(not given)"));
  return text;
}

/// The lines of a section that differ by a millionth of the step or more; if they are more than `shown`, the largest.
std::string time_section(std::string_view title, std::string_view prefix, const std::vector<TimeChange>& times,
                         std::size_t shown) {
  const Seconds least = 1e-6 * times.front().a;  // The step's; what is less is mostly rounding.
  std::vector<TimeChange> lines;
  std::size_t others = 0;
  for (const TimeChange& time : times) {
    if (!time.what.starts_with(prefix) || time.a == time.b) continue;
    if (std::abs(time.difference()) >= least)
      lines.push_back(time);
    else
      ++others;
  }
  if (lines.size() > shown) {
    std::stable_sort(lines.begin(), lines.end(), [](const TimeChange& x, const TimeChange& y) {
      return std::abs(x.difference()) > std::abs(y.difference());
    });
    others += lines.size() - shown;
    lines.resize(shown);
  }
  if (lines.empty() && others == 0) return {};
  std::string text = fmt::format("\n{}\n", title);
  for (const TimeChange& line : lines) text += row(line);
  if (others > 0) text += fmt::format("  {} smaller difference{}\n", others, others == 1 ? "" : "s");
  return text;
}

std::string times_text(const std::vector<TimeChange>& times) {
  constexpr std::size_t all = 1000;
  constexpr std::size_t most = 10;
  return fmt::format("\n  {:<36} {:>11} {:>11} {:>12} {:>9}  {}\n", "Time per step", "A", "B", "B - A", "",
                     "95 % confidence of B - A") +
         row(times.front()) + time_section("Where the step goes (mean over GPUs)", "breakdown_s.", times, all) +
         time_section("Collectives (mean over GPUs)", "overlap.", times, all) +
         time_section("Critical path", "critical_path.", times, most);
}

std::string pairing_text(const Difference& difference) {
  switch (difference.pairing) {
    case Pairing::paired: return fmt::format("\nIntervals are paired: {}.\n", difference.pairing_reason);
    case Pairing::unpaired: return fmt::format("\nIntervals are unpaired (Welch): {}.\n", difference.pairing_reason);
    case Pairing::none: break;
  }
  return fmt::format("\nThere are no intervals: {}.\n", difference.pairing_reason);
}

}  // namespace

std::string to_text(const Difference& difference, const ResultFile& a, const ResultFile& b) {
  std::string text = fmt::format("A  {}  {}\nB  {}  {}\n", a.file, a.name, b.file, b.name);
  if (difference.empty()) return text + "\nno difference\n";
  text += difference.configuration.empty() ? "\nThe configuration is the same.\n"
                                           : value_changes("Configuration", difference.configuration);
  text += value_changes("Capacity", difference.capacity) +
          value_changes("Algorithms of collectives", difference.algorithms);
  for (const ResultFile* result : {&a, &b})
    if (!result->infeasible_reason.empty())
      text += fmt::format("\n{} is infeasible: {}\n", result == &a ? "A" : "B", result->infeasible_reason);
  if (!difference.times.empty()) text += times_text(difference.times) + pairing_text(difference);
  return text;
}

}  // namespace ringtail
