#include "config/study_schema.hpp"

/// The field table of study files.
namespace ringtail {

namespace {

Format<std::vector<Level>> levels_format() {
  const auto set = dictionary("paths in the deployment to values", "{decode.context: 8k}");
  return list(mapping<Level>({
      required("label", &Level::label, label(), "Name in results."),
      defaulted("set", &Level::set, set, "What it changes, as with --set."),
  }));
}

Format<StudyFile::Axis> axis_format() {
  using Axis = StudyFile::Axis;
  using Range = StudyFile::Range;
  const auto range = mapping<Range>({
      required("from", &Range::from, anything(), "First value, with its unit."),
      required("to", &Range::to, anything(), "No value lies beyond it; in the same unit."),
      optional("step", &Range::step, anything(), "From one value to the next, in the same unit."),
      optional("factor", &Range::factor, number(above(0)), "Each value is that many times the one before."),
  });
  return mapping<Axis>({
      required("name", &Axis::name, label(), "Name of its column in results."),
      optional("path", &Axis::path, label(), "What values or range change in the deployment, as with --set."),
      optional("values", &Axis::values, list(anything()), "Values of path."),
      optional("range", &Axis::range, range, "Values of path that follow a rule."),
      optional("zip", &Axis::zip,
               dictionary("paths in the deployment to lists of values", "{decode.context: [4k, 8k]}"),
               "Paths that change together: lists of equally many values."),
      optional("levels", &Axis::levels, levels_format(), "Changes of several paths, each with a name."),
  });
}

Format<StudyFile> make_study_format() {
  auto name = defaulted("name", &StudyFile::name, label(), "Name in results; the file's name if left out.");
  name.info.default_value = {};  // only the loader knows it
  return mapping<StudyFile>({
      name,
      required("base", &StudyFile::base, label(),
               "The deployment that points change: a name from workloads/deployments, or a .yaml file, relative to the "
               "study's folder."),
      defaulted("set", &StudyFile::set, dictionary("paths in the deployment to values", "{decode.context: 8k}"),
                "Changes in every point, before those of axes."),
      optional("axes", &StudyFile::axes, list(axis_format()),
               "Every combination of their levels is a point; the last axis changes fastest."),
      optional("points", &StudyFile::points, levels_format(), "The points themselves, instead of axes."),
      defaulted("except", &StudyFile::except,
                list(dictionary("axes to levels, or lists of levels", "{placement: eplb}")),
                "Combinations that are left out: points with one of the given levels on each axis that is named."),
      defaulted("baseline", &StudyFile::baseline, dictionary("axes to levels", "{placement: contiguous}"),
                "Per axis, the level that the summary compares the others with."),
  });
}

}  // namespace

const Format<StudyFile>& study_format() {
  static const Format<StudyFile> format = make_study_format();
  return format;
}

}  // namespace ringtail
