#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

/// A text that configuration was read from: a file, or one `--set`.
struct Source {
  std::string name;  ///< As shown before the line number: "deployment.yaml".
  std::string text;
  bool is_override = false;  ///< An option of the command line: shown without line and column.
};

/// An option of the command line as a source: "--set decode.context=4k".
[[nodiscard]] Source command_line_source(std::string option);

/// A stretch of one line of a source. Lines and columns count from 1; columns and width are bytes.
struct Location {
  int source = -1;  ///< Index into the SourceMap; -1 is nowhere.
  int line = 0;     ///< 0 is the source as a whole.
  int column = 1;
  int width = 1;
};

/// Another place that an error has to do with.
struct Note {
  Location at;
  std::string message;
};

/// The texts a deployment came from, and where in them each field stands. Fields are named by their path:
/// "decode.batch.per_gpu", "model.layers".
class SourceMap {
 public:
  /// Adds a text; its index is what Location::source means.
  int add(Source source);

  /// Records where the field of this path stands.
  void place(const std::string& path, const Location& location) { fields_[path] = location; }

  /// Where the field stands; if it was left to its default, the nearest section above it that is there.
  [[nodiscard]] Location find(std::string_view path) const;

  /// Where the field itself is given; nothing if it was left to its default.
  [[nodiscard]] std::optional<Location> given(std::string_view path) const;

  /// Notes on fields that the one of `path` disagrees with: on each that is given, in a line not shown yet.
  [[nodiscard]] std::vector<Note> notes(std::string_view path, const std::vector<std::string>& others) const;

  /// The same texts, before any field has a place.
  [[nodiscard]] SourceMap texts() const;

  [[nodiscard]] const Source& source(int index) const { return sources_.at(static_cast<std::size_t>(index)); }

  /// The error text for the field of this path, as `load_deployment` words its own:
  ///
  ///     deployment.yaml:12:3: error: MESSAGE, first line
  ///       batch: {per_gpu: 128}
  ///       ^~~~~
  ///       MESSAGE, further lines (a table, say)
  ///     platforms/box.yaml:3:9: note: MESSAGE OF A NOTE
  ///       size: 8
  ///             ^
  ///     help: HELP
  ///
  /// It ends with a newline. An empty help is left out.
  [[nodiscard]] std::string diagnostic_at(std::string_view path, std::string_view message,
                                          std::string_view help = {}) const;

  /// The same for a place.
  [[nodiscard]] std::string diagnostic_at(const Location& location, std::string_view message,
                                          std::string_view help = {}, const std::vector<Note>& notes = {}) const;

 private:
  /// "PLACE: KIND: MESSAGE" and the line of the place.
  [[nodiscard]] std::string headline(const Location& location, std::string_view kind, std::string_view message) const;

  std::vector<Source> sources_;
  std::map<std::string, Location, std::less<>> fields_;
};

}  // namespace ringtail
