#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/field.hpp"
#include "config/study.hpp"

namespace ringtail {

/// A study as its file has it: axes given in several ways, names not yet looked up.
struct StudyFile {
  struct Range {
    Node from;
    Node to;
    std::optional<Node> step;
    std::optional<double> factor;
  };
  struct Axis {
    std::string name;
    std::optional<std::string> path;
    std::optional<std::vector<Node>> values;
    std::optional<Range> range;
    std::optional<Dictionary> zip;
    std::optional<std::vector<Level>> levels;
  };

  std::string name;
  std::string base;
  Changes set;
  std::optional<std::vector<Axis>> axes;
  std::optional<std::vector<Level>> points;
  std::vector<Dictionary> except;
  Dictionary baseline;
};

/// The field table of study files.
[[nodiscard]] const Format<StudyFile>& study_format();

}  // namespace ringtail
