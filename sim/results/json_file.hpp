#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace ringtail {

/// Why a file's text is not what it should be.
struct FileRefusal {
  std::string message;
  std::string help;   ///< May be empty.
  std::string place;  ///< ":line:column", if it is known.

  /// "FILE:line:column: error: ..", and the help on a line of its own.
  [[nodiscard]] std::string text(const std::string& file) const;
};

/// The JSON of a text of at most 64 MiB that is not nested more deeply than results are. Throws FileRefusal.
[[nodiscard]] nlohmann::ordered_json parse_json(const std::string& text);

/// What Ringtail's commands print in JSON, told by its keys: "what `ringtail tune` prints"; empty if it is none of
/// theirs.
[[nodiscard]] std::string origin_of(const nlohmann::ordered_json& json);

}  // namespace ringtail
