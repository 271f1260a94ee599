#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"

namespace ringtail {

/// A number of a config.json and where it stands.
struct Figure {
  int value = 0;
  Location at;
};

/// Reads fields of a Hugging Face config.json and remembers which were asked for. Of a multimodal model the language
/// model's are in `text_config`; what is not there is looked for beside it. A field that is null is absent.
/// Mistakes are reported at the field, as mistakes in the value of the config's own path ("model").
class ConfigReader {
 public:
  ConfigReader(const Node& config, Diagnostics& diagnostics);

  [[nodiscard]] const Node* find(std::string_view key);
  [[nodiscard]] std::optional<Figure> integer(std::string_view key);
  [[nodiscard]] Figure integer_or(std::string_view key, int fallback);
  /// A missing field is reported, with what it says.
  [[nodiscard]] Figure required(std::string_view key, std::string_view meaning);
  [[nodiscard]] bool flag(std::string_view key, bool fallback);
  /// Items of a list of whole numbers; nothing if there is no such list.
  [[nodiscard]] std::optional<std::vector<int>> integers(std::string_view key);
  [[nodiscard]] std::optional<std::vector<std::string>> words(std::string_view key);

  /// Reports that a field has a value that cannot be simulated.
  void refuse(std::string_view key, const std::string& message, const std::string& help = {});

  /// Whether there was a mistake.
  [[nodiscard]] bool failed() const { return failed_; }

  /// Where figures stand that follow from no field: the architecture's place.
  [[nodiscard]] Location place() const;

  /// Fields that nobody has asked for, in the order of the file, those of `text_config` as "text_config.KEY".
  [[nodiscard]] std::vector<Entry> unread() const;

 private:
  void wrong(const Node& node, std::string_view key, std::string_view expected);

  const Node& config_;
  const Node& text_;
  Diagnostics& diagnostics_;
  std::vector<std::string> read_;
  bool failed_ = false;
};

}  // namespace ringtail
