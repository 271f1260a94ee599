#include "config/figures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/catalog.hpp"
#include "config/field.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {
namespace {

struct File {
  std::string name;
  std::vector<PublishedFigure> figures;
};

Format<File> file_format() {
  using F = PublishedFigure;
  const auto figure = mapping<F>({
      required("name", &F::name, label(), "What it is, in the table."),
      required("deployment", &F::deployment, label(), "A name, or a path from the file's folder."),
      defaulted("set", &F::set, list(label()), "Changes to it: path=value."),
      required("quantity", &F::quantity, label(), "A path into the result's JSON, or path.WHAT; several with ' + '."),
      required("value", &F::value, number(above(0)), "In the unit."),
      required("unit", &F::unit, label(), "us, ms or s for times, else the result's own."),
      required("source", &F::source, label(), "Who says so, and where."),
      defaulted("conditions", &F::conditions, text(), "What else held when it was measured."),
      defaulted("used_for_calibration", &F::used_for_calibration, boolean(), "Whether a constant was fitted to it."),
  });
  return mapping<File>({defaulted("name", &File::name, text(), "Of the collection."),
                        required("figures", &File::figures, list(figure), "What was published.")});
}

/// Finds the deployment's file; reported if there is none.
void find_deployment(PublishedFigure& figure, const std::string& path, const std::filesystem::path& folder,
                     const std::filesystem::path& data, const SourceMap& sources, Diagnostics& diagnostics) {
  std::error_code ignored;
  figure.file = (folder / figure.deployment).lexically_normal();
  if (std::filesystem::is_regular_file(figure.file, ignored)) return;
  const auto deployments = data / "workloads" / "deployments";
  figure.file = deployments / (figure.deployment + ".yaml");
  if (std::filesystem::is_regular_file(figure.file, ignored)) return;
  std::vector<std::string> names;
  for (const auto& file : yaml_files(deployments)) names.push_back(file.stem().string());
  diagnostics.error(sources.find(path), path, fmt::format("unknown deployment {}", in_quotes(figure.deployment)),
                    suggestion(figure.deployment, names, "give a path from the file's folder, or one of"));
}

}  // namespace

double unit_factor(const PublishedFigure& figure) {
  if (figure.unit == "us") return 1e-6;
  return figure.unit == "ms" ? 1e-3 : 1.0;
}

FiguresResult load_figures(const std::filesystem::path& file, const std::filesystem::path& data) {
  FiguresResult result;
  Diagnostics diagnostics;
  auto root = read_yaml_file(file, "", result.sources, diagnostics);
  if (root) {
    assign_paths(*root, result.sources);
    if (auto read = file_format().read(*root, diagnostics)) {
      if (diagnostics.empty())
        for (std::size_t i = 0; i < read->figures.size(); ++i)
          find_deployment(read->figures[i], fmt::format("figures[{}].deployment", i), file.parent_path(), data,
                          result.sources, diagnostics);
      result.figures = std::move(read->figures);
    }
  }
  if (diagnostics.empty()) return result;
  result.figures.reset();
  result.errors = diagnostics.render(result.sources);
  return result;
}

}  // namespace ringtail
