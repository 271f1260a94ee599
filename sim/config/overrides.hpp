#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// One `--set path=value`: the keys of the path, each with its place in the text, and the value's tree.
struct Override {
  struct Key {
    std::string text;
    Location at;
  };
  std::vector<Key> path;
  Node value;
};

/// Parses "decode.batch={total: 64}".
[[nodiscard]] std::optional<Override> parse_override(const std::string& text, SourceMap& sources,
                                                     Diagnostics& diagnostics);

/// The same of an entry in a file, whose key is the path.
[[nodiscard]] std::optional<Override> override_of(const Entry& change, Diagnostics& diagnostics);

/// Puts the value into the tree, making the mappings above it where there are none.
void apply_override(const Override& override, Node& root);

}  // namespace ringtail
