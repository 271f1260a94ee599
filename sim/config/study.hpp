#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/field.hpp"
#include "config/load.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// Values by the path of what they change in the deployment: {routing.placement: eplb, decode.context: 8k}.
using Changes = Dictionary;

/// One value of an axis: its name, and what it changes in the deployment.
struct Level {
  std::string label;
  Changes set;
};

struct Axis {
  std::string name;
  std::vector<Level> levels;
};

/// Points that a study leaves out: those whose level is among the given ones, on each axis that is named.
struct Exception {
  std::vector<std::pair<std::size_t, std::vector<std::size_t>>> levels;  ///< By axis.
};

/// A level that points are compared with: each with the one that differs from it in this axis alone.
struct Baseline {
  std::size_t axis = 0;
  std::size_t level = 0;
};

/// Simulations that belong together: a deployment, and every combination of the axes' levels.
struct Study {
  std::string name;
  std::filesystem::path base;  ///< File of the deployment.
  Changes set;                 ///< In every point, before the axes' changes.
  std::vector<Axis> axes;      ///< A list of points is one axis, named "label".
  std::vector<Exception> except;
  std::vector<Baseline> baselines;
};

/// What became of a study file.
struct StudyResult {
  std::optional<Study> study;
  SourceMap sources;
  std::string errors;  ///< Empty exactly if there is a study.
};

/// Reads a study by itself; its points are checked by load_point. Relative paths are relative to the study's folder.
[[nodiscard]] StudyResult load_study(const std::filesystem::path& file, const std::filesystem::path& data);

/// The same for the text of a file; `name` stands for the file in messages.
[[nodiscard]] StudyResult load_study_text(const std::string& name, std::string text, const std::filesystem::path& data);

/// A point's level on each axis.
using PointLevels = std::vector<std::size_t>;

/// The points in order: the last axis changes fastest. Exceptions are left out.
[[nodiscard]] std::vector<PointLevels> study_points(const Study& study);

/// "skew=uniform, placement=eplb"; "the base" without axes.
[[nodiscard]] std::string point_label(const Study& study, const PointLevels& levels);

/// The deployment of a point: the base, changed by `study.set`, the axes in order, and `overrides` ("path=value", as
/// after --set). Mistakes are shown where they are, in the study too: `sources` are those of load_study.
[[nodiscard]] LoadResult load_point(const Study& study, const SourceMap& sources, const PointLevels& levels,
                                    const std::vector<std::string>& overrides, const std::filesystem::path& data);

}  // namespace ringtail
