#include "results/timeline_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "results/figures.hpp"

namespace ringtail {
namespace {

constexpr std::array<const char*, state_count> glyphs = {"█", "▓", "░", "·", ":", "~", " "};
constexpr std::array<const char*, state_count> meanings = {
    "compute", "HBM", "overhead", "waits for a GPU", "waits for a stage", "waits for data", "idle"};

std::string words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

bool is_kernel(const TimelineSlice& slice) {
  const auto state = static_cast<State>(slice.state);
  return state == State::compute_bound || state == State::hbm_bound || state == State::overhead;
}

Seconds busy(const std::vector<TimelineSlice>& slices) {
  Seconds sum = 0;
  for (const TimelineSlice& slice : slices)
    if (is_kernel(slice)) sum += slice.end - slice.begin;
  return sum;
}

/// For each of `columns` equal parts of the layer the state that most of it is in.
std::vector<State> states_of(const std::vector<TimelineSlice>& slices, Seconds whole, int columns) {
  std::vector<State> states;
  for (int column = 0; column < columns; ++column) {
    const Seconds from = whole * column / columns;
    const Seconds to = whole * (column + 1) / columns;
    StateSeconds sums{};
    Seconds left = to - from;
    for (const TimelineSlice& slice : slices) {
      const Seconds inside = std::max(0.0, std::min(to, slice.end) - std::max(from, slice.begin));
      sums[static_cast<std::size_t>(slice.state)] += inside;
      left -= inside;
    }
    sums[static_cast<std::size_t>(State::idle)] += left;
    states.push_back(static_cast<State>(std::max_element(sums.begin(), sums.end()) - sums.begin()));
  }
  return states;
}

std::string line_of(const std::vector<State>& states, const TextStyle& style) {
  std::string text;
  for (auto at = states.begin(); at != states.end();) {
    const auto end = std::find_if(at, states.end(), [&](State state) { return state != *at; });
    std::string run;
    for (auto i = at; i != end; ++i) run += glyphs[static_cast<std::size_t>(*at)];
    text += in_color(run, *at, style);
    at = end;
  }
  return text;
}

/// "expert up 310 us, combine wait 205 us, ..": the parts that take longest.
std::string longest_parts(const Detail& detail, const std::vector<TimelineSlice>& slices) {
  std::map<std::string, Seconds> sums;
  for (const TimelineSlice& slice : slices)
    sums[words(detail.whats[static_cast<std::size_t>(slice.what)]) + (is_kernel(slice) ? "" : " wait")] +=
        slice.end - slice.begin;
  std::vector<std::pair<std::string, Seconds>> parts(sums.begin(), sums.end());
  std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  parts.resize(std::min<std::size_t>(parts.size(), 3));
  std::vector<std::string> texts;
  for (const auto& [what, seconds] : parts) texts.push_back(fmt::format("{} {}", what, time_text(seconds)));
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// The GPUs to draw of those that are there, busiest first: each once.
std::vector<std::pair<const char*, std::size_t>> shown_of(const std::vector<std::size_t>& gpus) {
  if (gpus.size() == 1) return {{"only", gpus.front()}};
  if (gpus.size() == 2) return {{"busiest", gpus.front()}, {"idlest", gpus.back()}};
  return {{"busiest", gpus.front()}, {"median", gpus[(gpus.size() - 1) / 2]}, {"idlest", gpus.back()}};
}

}  // namespace

std::string timeline_text(const Detail& detail, const TextStyle& style) {
  if (detail.timelines.empty()) return {};
  const LayerTimeline& timeline = detail.timelines.front();
  std::vector<std::size_t> gpus;
  for (std::size_t gpu = 0; gpu < timeline.gpus.size(); ++gpu)
    if (!timeline.gpus[gpu].empty()) gpus.push_back(gpu);  // In a pipeline the others have other layers.
  std::stable_sort(gpus.begin(), gpus.end(),
                   [&](std::size_t a, std::size_t b) { return busy(timeline.gpus[a]) > busy(timeline.gpus[b]); });
  constexpr int label = 20;
  const int columns = std::max(20, (style.is_terminal() ? style.width : 80) - label - 1);
  std::string text = fmt::format("\nLayer {} in the first measured step of the first replication\n", timeline.layer);
  StateSeconds seen{};
  for (const auto& [name, gpu] : shown_of(gpus)) {
    const auto& slices = timeline.gpus[gpu];
    for (const TimelineSlice& slice : slices) seen[static_cast<std::size_t>(slice.state)] += 1;
    text += fmt::format("  {:<18}{}\n", fmt::format("{}, GPU {}", name, gpu),
                        line_of(states_of(slices, timeline.seconds, columns), style));
    text += fmt::format("  {:<18}{}\n", "", longest_parts(detail, slices));
  }
  const std::string end = time_text(timeline.seconds);
  text += fmt::format("  {:<18}0{:>{}}\n", "", end, columns - 1);
  std::string legend;
  for (std::size_t state = 0; state < state_count; ++state)
    if (seen[state] > 0)
      legend += fmt::format("{}  {} {}", style.is_narrow() && !legend.empty() ? "\n" : "",
                            in_color(glyphs[state], static_cast<State>(state), style), meanings[state]);
  return text + legend + "\n";
}

}  // namespace ringtail
