#pragma once

#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/study.hpp"
#include "config/study_schema.hpp"

namespace ringtail {

/// A value as the name of a level: scalars as they are, others in one line.
[[nodiscard]] std::string level_label(const Node& value);

/// The axes with all their levels, however they are given; a list of points is one axis, "label". Mistakes are
/// reported.
[[nodiscard]] std::vector<Axis> study_axes(const StudyFile& file, const SourceMap& sources, Diagnostics& diagnostics);

}  // namespace ringtail
