#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <variant>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// A part of a source that holds YAML: all of it from byte `offset` of its first line.
struct YamlText {
  int source = 0;
  std::string_view text;
  int offset = 0;
};

/// Parses YAML into a tree. What YAML allows and Ringtail does not is reported: duplicate keys, keys that are not plain
/// text, anchors, aliases, merge keys, tags, several documents, nesting deeper than 32 levels, characters that have no
/// place in a text file. Nothing is returned if there is no tree at all.
[[nodiscard]] std::optional<Node> parse_yaml(const YamlText& yaml, Diagnostics& diagnostics);

/// Reads and parses a file; it must hold a mapping. `path` is the field that it is the value of (empty: the
/// deployment). The file may have 1 MiB at most.
[[nodiscard]] std::optional<Node> read_yaml_file(const std::filesystem::path& file, std::string_view path,
                                                 SourceMap& sources, Diagnostics& diagnostics);

/// The same for a text; one that is too large is reported as the file would be.
[[nodiscard]] std::optional<Node> read_yaml_text(Source text, std::string_view path, SourceMap& sources,
                                                 Diagnostics& diagnostics);

/// Names every node by its path, and tells the source map where it stands.
void assign_paths(Node& root, SourceMap& sources);

}  // namespace ringtail
