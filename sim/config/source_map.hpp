#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

/// A text that configuration was read from: a file, or one `--set`.
struct Source {
  std::string name;  ///< As shown before the line number: "deployment.yaml", "--set decode.context=4k".
  std::string text;
  bool is_override = false;  ///< From the command line: shown without line and column.
};

/// A stretch of one line of a source. Lines and columns count from 1; columns and width are bytes.
struct Location {
  int source = -1;  ///< Index into the SourceMap; -1 is nowhere.
  int line = 0;     ///< 0 is the source as a whole.
  int column = 1;
  int width = 1;
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

  [[nodiscard]] const Source& source(int index) const { return sources_.at(static_cast<std::size_t>(index)); }

  /// The error text for the field of this path, as `load_deployment` words its own:
  ///
  ///     deployment.yaml:12:3: error: MESSAGE, first line
  ///       batch: {per_gpu: 128}
  ///       ^~~~~
  ///       MESSAGE, further lines (a table, say)
  ///     help: HELP
  ///
  /// It ends with a newline. An empty help is left out.
  [[nodiscard]] std::string diagnostic_at(std::string_view path, std::string_view message,
                                          std::string_view help = {}) const;

  /// The same for a place.
  [[nodiscard]] std::string diagnostic_at(const Location& location, std::string_view message,
                                          std::string_view help = {}) const;

 private:
  std::vector<Source> sources_;
  std::map<std::string, Location, std::less<>> fields_;
};

}  // namespace ringtail
