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
/// Mistakes are reported at the field, one of each, as mistakes in the value of the config's own path ("model").
class ConfigReader {
 public:
  ConfigReader(const Node& config, Diagnostics& diagnostics);

  [[nodiscard]] const Node* find(std::string_view key);
  [[nodiscard]] std::optional<Figure> integer(std::string_view key);
  [[nodiscard]] Figure integer_or(std::string_view key, int fallback);
  /// A missing field is reported, with what it says.
  [[nodiscard]] Figure required(std::string_view key, std::string_view meaning);
  [[nodiscard]] bool flag(std::string_view key, bool fallback);
  /// A text; empty if there is none.
  [[nodiscard]] std::string word(std::string_view key);
  /// A mapping, or nullptr.
  [[nodiscard]] const Node* section(std::string_view key);
  /// Items of a list of whole numbers; nothing if there is no such list.
  [[nodiscard]] std::optional<std::vector<int>> integers(std::string_view key);
  [[nodiscard]] std::optional<std::vector<std::string>> words(std::string_view key);

  /// Reports that a field has a value that cannot be simulated.
  void refuse(std::string_view key, const std::string& message, const std::string& help = {});

  /// The same of an item of a list.
  void refuse_item(std::string_view key, std::size_t item, const std::string& message, const std::string& help = {});
  /// Reports that a value, of a field or below it, is not of the type that is expected: "a whole number".
  void wrong(const Node& node, std::string_view key, std::string_view expected);

  /// Whether nothing is wrong with a field: what follows from one that is wrong is no second mistake.
  [[nodiscard]] bool sound(std::string_view key) const;

  /// Whether there was a mistake.
  [[nodiscard]] bool failed() const { return !mistaken_.empty(); }

  /// Where figures stand that follow from no field: the architecture's place.
  [[nodiscard]] Location place() const;

  /// Fields that nobody has asked for, in the order of the file, those of `text_config` as "text_config.KEY".
  [[nodiscard]] std::vector<Entry> unread() const;

 private:
  void report(std::string_view key, const Location& at, std::string message, std::string help);

  const Node& config_;
  const Node& text_;
  Diagnostics& diagnostics_;
  std::vector<std::string> read_;
  std::vector<std::string> mistaken_;  ///< Fields that mistakes were found in.
};

}  // namespace ringtail
