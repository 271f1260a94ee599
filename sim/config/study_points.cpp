#include <fmt/format.h>

#include <algorithm>

#include "config/overrides.hpp"
#include "config/study.hpp"

namespace ringtail {

namespace {

bool is_excepted(const Exception& exception, const PointLevels& point) {
  return std::all_of(exception.levels.begin(), exception.levels.end(), [&](const auto& entry) {
    const auto& [axis, levels] = entry;
    return std::find(levels.begin(), levels.end(), point[axis]) != levels.end();
  });
}

/// The next combination; false after the last.
bool advance(const std::vector<Axis>& axes, PointLevels& point) {
  for (std::size_t i = axes.size(); i-- > 0;) {
    if (++point[i] < axes[i].levels.size()) return true;
    point[i] = 0;
  }
  return false;
}

}  // namespace

std::vector<PointLevels> study_points(const Study& study) {
  std::vector<PointLevels> points;
  const bool is_empty =
      std::any_of(study.axes.begin(), study.axes.end(), [](const Axis& axis) { return axis.levels.empty(); });
  if (is_empty) return points;
  PointLevels point(study.axes.size());
  do {
    const bool is_left_out = std::any_of(study.except.begin(), study.except.end(),
                                         [&](const Exception& each) { return is_excepted(each, point); });
    if (!is_left_out) points.push_back(point);
  } while (advance(study.axes, point));
  return points;
}

std::string point_label(const Study& study, const PointLevels& levels) {
  std::string text;
  for (std::size_t i = 0; i < levels.size(); ++i)
    text += fmt::format("{}{}={}", i == 0 ? "" : ", ", study.axes[i].name, study.axes[i].levels[levels[i]].label);
  return text.empty() ? "the base" : text;
}

LoadResult load_point(const Study& study, const SourceMap& sources, const PointLevels& levels,
                      const std::vector<std::string>& overrides, const std::filesystem::path& data) {
  SourceMap texts = sources.texts();
  Diagnostics diagnostics;
  std::vector<Override> parsed;
  const auto add = [&](std::optional<Override> override) {
    if (override) parsed.push_back(std::move(*override));
  };
  for (const Entry& change : study.set) add(override_of(change, diagnostics));
  for (std::size_t i = 0; i < levels.size(); ++i)
    for (const Entry& change : study.axes[i].levels[levels[i]].set) add(override_of(change, diagnostics));
  for (const std::string& text : overrides) add(parse_override(text, texts, diagnostics));
  if (diagnostics.empty()) return load_deployment(study.base, parsed, data, std::move(texts));
  LoadResult result;
  result.errors = diagnostics.render(texts);
  return result;
}

}  // namespace ringtail
