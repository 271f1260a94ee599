#include "report/data.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <optional>

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

std::string refusal(const std::filesystem::path& file, const std::string& what, const std::string& help) {
  return fmt::format("{}: error: {}\nhelp: {}\n", file.string(), what, help);
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
  const auto summary = text_of(folder / "summary.csv");
  const auto results = text_of(folder / "results.csv");
  if (!summary || !results)
    return refusal(folder, "there are no results of a study: summary.csv and results.csv",
                   "`ringtail sweep STUDY.yaml -o DIR` writes them, then `ringtail report DIR` shows them");
  std::string name = folder.lexically_normal().filename().string();
  if (name.empty()) name = folder.lexically_normal().parent_path().filename().string();
  if (name.ends_with(".results")) name.resize(name.size() - std::string(".results").size());
  json_["studies"].push_back({{"name", name}, {"summary_csv", *summary}, {"results_csv", *results}});
  return {};
}

std::string ReportData::add_json(const std::filesystem::path& file) {
  const auto text = text_of(file);
  if (!text) return fmt::format("{}: error: cannot be read\n", file.string());
  Json json = Json::parse(*text, nullptr, false);
  const auto is_list = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_array() && !json[key].empty();
  };
  if (is_list("ladders")) {
    json_["ladders"].push_back(std::move(json));
  } else if (is_list("deployments") && json.contains("switches")) {
    json_["comparisons"].push_back(std::move(json));
  } else if (json.is_object() && json.contains("qs") && json.contains("here")) {
    json_["qs"].push_back(std::move(json));
  } else {
    const ReadResult read = read_result(*text, file.string());  // Checks it, and says what else it may be.
    if (!read.result) return read.error;
    json_["results"].push_back(std::move(json));
  }
  return {};
}

}  // namespace ringtail
