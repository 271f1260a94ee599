#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/source_map.hpp"

namespace ringtail {

/// Something that was measured or published of a deployment.
struct PublishedFigure {
  std::string name;
  std::string deployment;             ///< A name, or a path from the file's folder.
  std::vector<std::string> set;       ///< "path=value", as after --set.
  std::string quantity;               ///< A path into the result's JSON, or path.WHAT; several added with " + ".
  double value = 0;                   ///< In `unit`.
  std::string unit;                   ///< us, ms, s: seconds in the result; any other is the result's own.
  std::string source;                 ///< Who says so, and where.
  std::string conditions;             ///< What else held when it was measured.
  bool used_for_calibration = false;  ///< Whether a constant was fitted to it.
  std::filesystem::path file;         ///< Of the deployment; not in YAML.
};

/// What became of a file of figures.
struct FiguresResult {
  std::optional<std::vector<PublishedFigure>> figures;
  SourceMap sources;
  std::string errors;  ///< Empty exactly if there are figures.
};

[[nodiscard]] FiguresResult load_figures(const std::filesystem::path& file, const std::filesystem::path& data);

/// Factor from the figure's unit to the result's: 1e-6 for us.
[[nodiscard]] double unit_factor(const PublishedFigure& figure);

}  // namespace ringtail
