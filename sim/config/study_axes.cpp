#include "config/study_axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "config/overrides.hpp"
#include "config/text.hpp"
#include "config/unit.hpp"

namespace ringtail {

namespace {

/// A number and the unit behind it.
struct Measure {
  double number = 0;
  std::string unit;
};

std::optional<Measure> read_measure(const Node& node, Diagnostics& diagnostics) {
  Measure measure;
  const char* const end = node.text.data() + node.text.size();
  const auto [rest, error] = std::from_chars(node.text.data(), end, measure.number);
  if (node.kind == Node::Kind::scalar && error == std::errc() && std::isfinite(measure.number)) {
    measure.unit.assign(rest, end);
    return measure;
  }
  diagnostics.error(node, fmt::format("{} must be a number, with its unit if it has one", node.path),
                    "write it like 128k");
  return std::nullopt;
}

/// Twelve digits, so that 0.1 + 0.2 is 0.3.
std::string rounded(double number) {
  return format_number(std::strtod(fmt::format("{:.12g}", number).c_str(), nullptr));
}

/// The values of a range, in its unit.
class RangeReader {
 public:
  RangeReader(const StudyFile::Range& range, const std::string& path, const SourceMap& sources,
              Diagnostics& diagnostics)
      : range_(range), path_(path), sources_(sources), diagnostics_(diagnostics) {}

  std::vector<Node> values() {
    const auto from = read_measure(range_.from, diagnostics_);
    const auto to = read_measure(range_.to, diagnostics_);
    if (!from || !to) return {};
    if (from->unit != to->unit) return refuse(range_.to, "from and to must have the same unit");
    if (range_.step.has_value() == range_.factor.has_value())
      return refuse(range_.from, "a range needs either a step or a factor");
    double step = 0;
    if (range_.step) {
      const auto measure = read_measure(*range_.step, diagnostics_);
      if (!measure) return {};
      if (measure->unit != from->unit) return refuse(*range_.step, "from and step must have the same unit");
      step = measure->number;
    }
    const double first_change = range_.step ? step : from->number * (*range_.factor - 1);
    const bool goes_away = first_change > 0 ? to->number < from->number : to->number > from->number;
    const bool meets_zero = range_.factor && (from->number > 0 ? to->number <= 0 : to->number >= 0);
    if (first_change == 0 || goes_away || meets_zero)
      return refuse(range_.from, "the values of the range never come to its end");
    return list(*from, *to, step, first_change > 0);
  }

 private:
  static constexpr int most_values = 10000;

  std::vector<Node> list(const Measure& from, const Measure& to, double step, bool rises) {
    const double slack = 1e-9 * std::max(std::abs(from.number), std::abs(to.number));
    std::vector<Node> nodes;
    for (int n = 0; n <= most_values; ++n) {
      const double value = range_.step ? from.number + n * step : from.number * std::pow(*range_.factor, n);
      if (rises ? value > to.number + slack : value < to.number - slack) return nodes;
      nodes.push_back(range_.from);
      nodes.back().text = rounded(value) + from.unit;
    }
    return refuse(range_.from, fmt::format("the range has more than {} values", most_values));
  }

  std::vector<Node> refuse(const Node& at, const std::string& message) {
    diagnostics_.error(at.path.empty() ? sources_.find(path_) : at.at, path_, path_ + ": " + message);
    return {};
  }

  const StudyFile::Range& range_;
  const std::string& path_;
  const SourceMap& sources_;
  Diagnostics& diagnostics_;
};

std::vector<Level> levels_of(const std::vector<Node>& values, const std::string& path, const Location& path_at) {
  std::vector<Level> levels;
  for (const Node& value : values) levels.push_back({level_label(value), {{path, path_at, value}}});
  return levels;
}

std::vector<Level> levels_of_zip(const Dictionary& zip, const std::string& path, const SourceMap& sources,
                                 Diagnostics& diagnostics) {
  std::vector<Level> levels;
  for (const Entry& entry : zip) {
    if (entry.value.kind != Node::Kind::list) {
      diagnostics.error(entry.value, fmt::format("{} must be a list of values", entry.value.path));
      return {};
    }
    const std::size_t count = entry.value.items.size();
    if (&entry == &zip.front()) levels.resize(count);
    if (count != levels.size()) {
      diagnostics.error(entry.value,
                        fmt::format("{} has {} values, but {} has {}", entry.value.path, count, zip.front().value.path,
                                    levels.size()),
                        "what changes together needs lists of the same length");
      return {};
    }
    for (std::size_t i = 0; i < count; ++i) {
      levels[i].label += (levels[i].label.empty() ? "" : ", ") + level_label(entry.value.items[i]);
      levels[i].set.push_back({entry.key, entry.key_at, entry.value.items[i]});
    }
  }
  if (zip.empty()) diagnostics.error(sources.find(path), path, path + " names no path");
  return levels;
}

std::vector<Level> read_levels(const StudyFile::Axis& axis, const std::string& at, const SourceMap& sources,
                               Diagnostics& diagnostics) {
  const int ways = axis.values.has_value() + axis.range.has_value() + axis.zip.has_value() + axis.levels.has_value();
  const auto refuse = [&](const std::string& message, const std::string& help) {
    diagnostics.error(sources.find(at), at, fmt::format("axis {}: {}", in_quotes(axis.name), message), help);
    return std::vector<Level>{};
  };
  if (ways != 1)
    return refuse("it must have exactly one of values, range, zip and levels",
                  "write it like {name: context, path: decode.context, values: [4k, 8k]}");
  const bool has_path = axis.values || axis.range;
  if (has_path && !axis.path) return refuse("values and range need a path", "write path: decode.context beside them");
  if (!has_path && axis.path) return refuse("zip and levels have paths of their own", "remove path");
  const Location path_at = sources.find(at + ".path");
  std::vector<Level> levels;
  if (axis.values) levels = levels_of(*axis.values, *axis.path, path_at);
  if (axis.range)
    levels = levels_of(RangeReader(*axis.range, at + ".range", sources, diagnostics).values(), *axis.path, path_at);
  if (axis.zip) levels = levels_of_zip(*axis.zip, at + ".zip", sources, diagnostics);
  if (axis.levels) levels = *axis.levels;
  if (levels.empty() && diagnostics.empty()) return refuse("it has no values", "an axis needs at least one");
  return levels;
}

void check_labels(const Axis& axis, const std::string& at, const SourceMap& sources, Diagnostics& diagnostics) {
  std::set<std::string> labels;
  for (const Level& level : axis.levels)
    if (!labels.insert(level.label).second)
      diagnostics.error(sources.find(at), at,
                        fmt::format("{}: two levels are called {}", in_quotes(axis.name), in_quotes(level.label)));
}

/// Paths that cannot be paths, each place once.
void check_syntax(const StudyFile& file, const std::vector<Axis>& axes, Diagnostics& diagnostics) {
  std::set<std::pair<int, int>> seen;
  const auto check = [&](const Changes& changes) {
    for (const Entry& change : changes)
      if (seen.emplace(change.key_at.line, change.key_at.column).second)
        static_cast<void>(override_of(change, diagnostics));
  };
  check(file.set);
  for (const Axis& axis : axes)
    for (const Level& level : axis.levels) check(level.set);
}

/// Whether one of the paths is the other, or lies in it.
bool overlap(const std::string& a, const std::string& b) {
  const std::size_t n = std::min(a.size(), b.size());
  return a.compare(0, n, b, 0, n) == 0 && (a.size() == b.size() || (a.size() > n ? a[n] : b[n]) == '.');
}

/// A path that two axes change would have the value of the later one, whatever the first says.
void check_paths(const std::vector<Axis>& axes, Diagnostics& diagnostics) {
  std::vector<std::pair<std::string, const Axis*>> seen;
  for (const Axis& axis : axes) {
    const std::size_t before = seen.size();
    for (const Level& level : axis.levels) {
      for (const Entry& change : level.set) {
        const auto is_same = [&](const auto& other) { return overlap(change.key, other.first); };
        const auto end = seen.begin() + static_cast<std::ptrdiff_t>(before);
        if (const auto other = std::find_if(seen.begin(), end, is_same); other != end) {
          diagnostics.error(change.key_at, change.value.path,
                            fmt::format("axis {} changes {}, and axis {} changes {}", in_quotes(axis.name), change.key,
                                        in_quotes(other->second->name), other->first),
                            "make them one axis: zip, or levels");
          return;
        }
        const auto is_known = [&](const auto& other) { return other.first == change.key; };
        if (std::none_of(seen.begin() + static_cast<std::ptrdiff_t>(before), seen.end(), is_known))
          seen.emplace_back(change.key, &axis);
      }
    }
  }
}

}  // namespace

std::string level_label(const Node& value) {
  return printable(value.kind == Node::Kind::scalar ? value.text : to_flow_yaml(value));
}

std::vector<Axis> study_axes(const StudyFile& file, const SourceMap& sources, Diagnostics& diagnostics) {
  std::vector<Axis> axes;
  if (file.axes) {
    std::set<std::string> names;
    for (const StudyFile::Axis& axis : *file.axes) {
      const std::string at = fmt::format("axes[{}]", axes.size());
      axes.push_back({axis.name, read_levels(axis, at, sources, diagnostics)});
      check_labels(axes.back(), at, sources, diagnostics);
      if (!names.insert(axis.name).second)
        diagnostics.error(sources.find(at), at, fmt::format("two axes are called {}", in_quotes(axis.name)));
    }
  } else if (file.points) {
    axes.push_back({"label", *file.points});
    check_labels(axes.back(), "points", sources, diagnostics);
  }
  check_syntax(file, axes, diagnostics);
  check_paths(axes, diagnostics);
  return axes;
}

}  // namespace ringtail
