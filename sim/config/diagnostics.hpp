#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// The mistakes found so far. Checks go on after an error, so that the user sees all of them at once.
class Diagnostics {
 public:
  /// Reports a mistake in the value of this node.
  void error(const Node& node, std::string message, std::string help = {});

  /// Reports a mistake at a place; `path` is the field that has no valid value because of it.
  /// `notes` show the other places that a conflict is between.
  void error(const Location& at, std::string_view path, std::string message, std::string help = {},
             std::vector<Note> notes = {});

  /// Whether there are so many that looking for more is useless.
  [[nodiscard]] bool full() const { return findings_.size() >= max_findings; }

  [[nodiscard]] bool empty() const { return findings_.empty(); }

  /// Whether the field of this path, everything below it and every section above it were read without a mistake. Checks
  /// that compare fields ask this first, so that one mistake is reported once. Never if there are too many to know.
  [[nodiscard]] bool sound(std::string_view path) const;

  /// The first 50 by source, line and column, files before the command line, and how many more there are.
  [[nodiscard]] std::string render(const SourceMap& sources) const;

 private:
  struct Finding {
    Location at;
    std::string path;
    std::string message;
    std::string help;
    std::vector<Note> notes;
  };
  static constexpr std::size_t max_findings = 1000;  // hostile files have a mistake every few bytes
  std::vector<Finding> findings_;
};

}  // namespace ringtail
