#include "config/study.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/catalog.hpp"
#include "config/study_axes.hpp"
#include "config/study_schema.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {

namespace {

/// A deployment by its name, or by its path from the study's folder. Empty, and reported, if there is none.
std::filesystem::path find_base(const std::string& base, const std::filesystem::path& folder,
                                const std::filesystem::path& data, const Location& at, Diagnostics& diagnostics) {
  std::error_code ignored;
  if (base.ends_with(".yaml") || base.find('/') != std::string::npos) {
    const auto path = (folder / base).lexically_normal();
    if (std::filesystem::is_regular_file(path, ignored)) return path;
    diagnostics.error(at, "base", fmt::format("there is no file {}", in_quotes(base)),
                      fmt::format("it is looked for at {}", printable(path.string())));
    return {};
  }
  const auto deployments = data / "workloads" / "deployments";
  std::vector<std::string> names;
  for (const auto& file : yaml_files(deployments)) names.push_back(file.stem().string());
  if (std::find(names.begin(), names.end(), base) != names.end()) return deployments / (base + ".yaml");
  diagnostics.error(at, "base", fmt::format("unknown deployment {}", in_quotes(base)),
                    suggestion(base, names, "give a .yaml file, or one of"));
  return {};
}

/// The axis of this name; reported if there is none.
std::optional<std::size_t> find_axis(const std::vector<Axis>& axes, const Entry& entry, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i].name == entry.key) return i;
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.name);
  diagnostics.error(entry.key_at, entry.value.path, fmt::format("unknown axis {}", in_quotes(entry.key)),
                    axes.empty() ? "the study has no axes" : suggestion(entry.key, names, "there are"));
  return std::nullopt;
}

/// The level of this label, which may be written as its value; reported if there is none.
std::optional<std::size_t> find_level(const Axis& axis, const Node& value, Diagnostics& diagnostics) {
  const std::string label = level_label(value);
  for (std::size_t i = 0; i < axis.levels.size(); ++i)
    if (axis.levels[i].label == label) return i;
  std::vector<std::string> labels;
  for (const Level& level : axis.levels) labels.push_back(level.label);
  diagnostics.error(value, fmt::format("axis {} has no level {}", axis.name, in_quotes(label)),
                    suggestion(label, labels, "there are"));
  return std::nullopt;
}

Exception read_exception(const std::vector<Axis>& axes, const Dictionary& entries, Diagnostics& diagnostics) {
  Exception result;
  for (const Entry& entry : entries) {
    const auto axis = find_axis(axes, entry, diagnostics);
    if (!axis) continue;
    std::vector<std::size_t> levels;
    const bool is_list = entry.value.kind == Node::Kind::list;
    for (const Node& value : is_list ? entry.value.items : std::vector<Node>{entry.value})
      if (const auto level = find_level(axes[*axis], value, diagnostics)) levels.push_back(*level);
    result.levels.emplace_back(*axis, std::move(levels));
  }
  return result;
}

/// What is given both ways or not at all, or more often than the export can take.
void check_whole(const Study& study, const StudyFile& file, const SourceMap& sources, Diagnostics& diagnostics) {
  constexpr double most_points = 1e6;
  if (file.axes && file.points)
    diagnostics.error(sources.find("points"), "points", "a study has either axes or points",
                      "make the points levels of an axis");
  if (!file.axes && !file.points)
    diagnostics.error(sources.find(""), "axes", "a study needs axes or points",
                      "write axes: [{name: context, path: decode.context, values: [4k, 8k]}]");
  double points = 1;
  for (const Axis& axis : study.axes) points *= static_cast<double>(axis.levels.size());
  if (points > most_points)
    diagnostics.error(
        sources.find("axes"), "axes",
        fmt::format("the axes have {:.0f} combinations; at most {:.0f} are possible", points, most_points));
}

Study resolve(const StudyFile& file, const Node& root, const std::filesystem::path& path,
              const std::filesystem::path& data, const SourceMap& sources, Diagnostics& diagnostics) {
  Study study;
  study.name = file.name.empty() ? printable(path.stem().string()) : file.name;
  study.base = find_base(file.base, path.parent_path(), data, root.find("base")->at, diagnostics);
  study.set = file.set;
  study.axes = study_axes(file, sources, diagnostics);
  check_whole(study, file, sources, diagnostics);
  if (!diagnostics.empty()) return study;
  for (const Dictionary& entries : file.except) {
    study.except.push_back(read_exception(study.axes, entries, diagnostics));
    if (entries.empty())
      diagnostics.error(sources.find("except"), "except", "an exception without axes leaves out every point",
                        "name an axis and its levels: {placement: eplb}");
  }
  for (const Entry& entry : file.baseline) {
    const auto axis = find_axis(study.axes, entry, diagnostics);
    const auto level = axis ? find_level(study.axes[*axis], entry.value, diagnostics) : std::nullopt;
    if (level) study.baselines.push_back({*axis, *level});
  }
  return study;
}

StudyResult read_study(std::optional<Node> root, const std::filesystem::path& path, const std::filesystem::path& data,
                       StudyResult result, Diagnostics& diagnostics) {
  if (root) {
    assign_paths(*root, result.sources);
    const auto file = study_format().read(*root, diagnostics);
    if (file && diagnostics.empty()) result.study = resolve(*file, *root, path, data, result.sources, diagnostics);
  }
  if (diagnostics.empty()) return result;
  result.study.reset();
  result.errors = diagnostics.render(result.sources);
  return result;
}

}  // namespace

StudyResult load_study(const std::filesystem::path& file, const std::filesystem::path& data) {
  StudyResult result;
  Diagnostics diagnostics;
  auto root = read_yaml_file(file, "", result.sources, diagnostics);
  return read_study(std::move(root), file, data, std::move(result), diagnostics);
}

StudyResult load_study_text(const std::string& name, std::string text, const std::filesystem::path& data) {
  StudyResult result;
  Diagnostics diagnostics;
  auto root = read_yaml_text({name, std::move(text)}, "", result.sources, diagnostics);
  return read_study(std::move(root), name, data, std::move(result), diagnostics);
}

}  // namespace ringtail
