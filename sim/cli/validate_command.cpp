#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/commands.hpp"
#include "cli/loaded.hpp"
#include "config/catalog.hpp"
#include "config/figures.hpp"
#include "results/json.hpp"
#include "results/table.hpp"
#include "simulation/forked.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + separator.size())
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

/// Seconds that something has on the critical path in a layer of the model, as a mean over those where it is.
std::optional<double> on_path(const Json& result, const std::string& what) {
  double seconds = 0;
  std::set<std::string> layers;
  for (const Json& part : result.at("critical_path")) {
    if (part.at("what") != what || part.at("layer").is_null()) continue;
    seconds += part.at("seconds").get<double>();
    layers.insert(part.at("layer").dump());
  }
  if (layers.empty()) return std::nullopt;
  return seconds / static_cast<double>(layers.size());
}

/// A number at keys with points between them.
std::optional<double> at_path(const Json& result, const std::string& path) {
  const Json* at = &result;
  for (const std::string& key : split(path, ".")) {
    if (!at->is_object() || !at->contains(key)) return std::nullopt;
    at = &at->at(key);
  }
  return at->is_number() ? std::optional(at->get<double>()) : std::nullopt;
}

/// What the result says of a quantity; nothing, and reported, if it says nothing.
std::optional<double> predicted(const Json& result, const PublishedFigure& figure) {
  double sum = 0;
  for (const std::string& term : split(figure.quantity, " + ")) {
    const bool is_path = term.starts_with("path.");
    const auto value = is_path ? on_path(result, term.substr(5)) : at_path(result, term);
    if (!value) {
      std::set<std::string> names;
      for (const Json& part : result.at("critical_path")) names.insert(part.at("what").get<std::string>());
      spdlog::error("{}: the result has no {}{}", figure.name, term,
                    is_path ? fmt::format("; on its critical path are {}", fmt::join(names, ", ")) : "");
      return std::nullopt;
    }
    sum += *value;
  }
  return sum;
}

/// The figure beside the simulation of its deployment.
struct Compared {
  const PublishedFigure& figure;
  double predicted;  ///< In the figure's unit.
  [[nodiscard]] double error() const { return predicted / figure.value - 1; }
};

std::optional<Compared> compare(const PublishedFigure& figure, const CommandLine& line) {
  std::vector<std::string> overrides = figure.set;
  overrides.insert(overrides.end(), line.overrides.begin(), line.overrides.end());
  const auto loaded = load(figure.file, overrides);
  if (!loaded) return std::nullopt;
  const Result result = simulate(loaded->deployment, loaded->plan, {jobs_of(line), [](const StepProgress&) {}});
  if (!result.feasible()) {
    spdlog::error("{}: infeasible: {}", figure.name, result.infeasible_reason);
    return std::nullopt;
  }
  for (const std::string& warning : result.warnings) spdlog::debug("{}: {}", figure.name, warning);
  const auto value = predicted(reproducible_json(result), figure);
  if (!value) return std::nullopt;
  return Compared{figure, *value / unit_factor(figure)};
}

std::string text_of(const std::vector<Compared>& all) {
  TableRows rows = {{"figure", "predicted", "measured", "unit", "error", "calibrated to it"}};
  std::vector<double> errors;
  for (const Compared& each : all) {
    rows.push_back({each.figure.name, fmt::format("{:.4g}", each.predicted), fmt::format("{:.4g}", each.figure.value),
                    each.figure.unit, fmt::format("{:+.1f} %", 100 * each.error()),
                    each.figure.used_for_calibration ? "yes" : "no"});
    errors.push_back(std::abs(each.error()));
  }
  std::sort(errors.begin(), errors.end());
  std::string text = table_text(rows);
  if (!errors.empty())
    text += fmt::format("\nmedian |error| {:.1f} %, largest {:.1f} %, of {} figures\n", 100 * errors[errors.size() / 2],
                        100 * errors.back(), errors.size());
  return text;
}

std::string json_of(const std::vector<Compared>& all) {
  Json json = Json::array();
  for (const Compared& each : all)
    json.push_back({{"name", each.figure.name},
                    {"deployment", each.figure.deployment},
                    {"set", each.figure.set},
                    {"quantity", each.figure.quantity},
                    {"unit", each.figure.unit},
                    {"predicted", each.predicted},
                    {"measured", each.figure.value},
                    {"error", each.error()},
                    {"used_for_calibration", each.figure.used_for_calibration},
                    {"source", each.figure.source},
                    {"conditions", each.figure.conditions}});
  return json.dump(2) + "\n";
}

}  // namespace

ExitCode run_validate(const CommandLine& line) {
  const FiguresResult loaded = load_figures(line.file, data_directory());
  if (!loaded.figures) {
    fmt::print(stderr, "{}", loaded.errors);
    return ExitCode::bad_input;
  }
  std::vector<Compared> all;
  try {
    for (const PublishedFigure& figure : *loaded.figures) {
      if (const auto compared = compare(figure, line)) all.push_back(*compared);
    }
  } catch (const TaskFailed& error) {
    spdlog::error("{}", error.what());
    return error.code();
  }
  const ExitCode code = all.size() == loaded.figures->size() ? ExitCode::ok : ExitCode::bad_input;
  return write_result(line.format == OutputFormat::json ? json_of(all) : text_of(all), code);
}

}  // namespace ringtail
