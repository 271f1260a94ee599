#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace ringtail {

/// What a report shows, from files that other commands wrote. As the page reads it: `results` (of simulate), and
/// `comparisons`, `ladders` and `qs` (of compare, compare --ladder and qs), in JSON; `studies`, each with the tables of
/// a folder that sweep wrote.
class ReportData {
 public:
  ReportData();

  /// Adds a file of JSON, a folder of a study's results, or a study in YAML, whose results are looked for where sweep
  /// puts them. Returns why it cannot be shown, as "FILE: error: ..", with help on a line of its own; empty if it can.
  [[nodiscard]] std::string add(const std::filesystem::path& input);

  [[nodiscard]] const nlohmann::ordered_json& json() const { return json_; }

 private:
  std::string add_study(const std::filesystem::path& folder);
  std::string add_json(const std::filesystem::path& file);

  nlohmann::ordered_json json_;
};

}  // namespace ringtail
