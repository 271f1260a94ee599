#include "report/data.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>
#include <optional>

#include "report/report_keys.hpp"
#include "report/study_tables.hpp"
#include "results/json_file.hpp"
#include "results/result_file.hpp"
#include "results/version.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

std::optional<std::string> text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

ReportData::ReportData()
    : json_({{"version", version},
             {"files", Json::array()},
             {"results", Json::array()},
             {"comparisons", Json::array()},
             {"ladders", Json::array()},
             {"qs", Json::array()},
             {"studies", Json::array()}}) {}

std::string ReportData::add(const std::filesystem::path& input) {
  std::error_code ignored;
  json_["files"].push_back(input.filename().empty() ? input.parent_path().filename().string()
                                                    : input.filename().string());
  if (input.extension() == ".yaml") return add_study(input.stem().string() + ".results");
  if (std::filesystem::is_directory(input, ignored)) return add_study(input);
  return add_json(input);
}

std::string ReportData::add_study(const std::filesystem::path& folder) {
  const StudyTables tables = read_study_tables(folder);
  if (!tables.error.empty()) return tables.error;
  std::string name = folder.lexically_normal().filename().string();
  if (name.empty()) name = folder.lexically_normal().parent_path().filename().string();
  if (name.ends_with(".results")) name.resize(name.size() - std::string(".results").size());
  json_["studies"].push_back({{"name", name}, {"summary_csv", tables.summary}, {"results_csv", tables.results}});
  return {};
}

std::string ReportData::add_json(const std::filesystem::path& file) {
  struct Kind {
    std::string origin;
    const char* list;
    const char* shown;
    const std::vector<ResultKey>& keys;
  };
  const std::array<Kind, 3> kinds = {
      {{"what `ringtail compare` prints", "comparisons", "deployments", comparison_keys()},
       {"what `ringtail compare --ladder` prints", "ladders", "ladders", ladder_keys()},
       {"what `ringtail qs` prints", "qs", "here", qs_keys()}}};
  const auto text = text_of(file);
  if (!text) return fmt::format("{}: error: cannot be read\n", file.string());
  try {
    Json json = parse_json(*text);
    const std::string origin = origin_of(json);
    for (const auto& [of, list, shown, keys] : kinds) {
      if (origin != of) continue;
      std::string mistake = wrong_key(json, keys, MissingKeys::refused);
      if (mistake.empty() && json[shown].empty()) mistake = fmt::format("{} is empty", shown);
      if (!mistake.empty()) throw FileRefusal{fmt::format("is {}, but not soundly: {}", origin, mistake), {}, {}};
      json_[list].push_back(std::move(json));
      return {};
    }
    if (!json.contains("provenance"))
      throw FileRefusal{
          origin.empty() ? "is not a result of Ringtail" : fmt::format("is {}, which no report shows", origin),
          "reports show results of `ringtail simulate`, `compare`, `compare --ladder` and `qs`, each with "
          "--format json, and folders of `ringtail sweep`",
          {}};
    const ReadResult read = read_result(*text, file.string(), MissingKeys::refused);
    if (!read.result) return read.error;
    json_["results"].push_back(std::move(json));
  } catch (const FileRefusal& refusal) {
    return refusal.text(file.string());
  }
  return {};
}

}  // namespace ringtail
