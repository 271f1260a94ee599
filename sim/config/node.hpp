#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/source_map.hpp"

namespace ringtail {

struct Entry;

/// A YAML value. Mappings keep the order of their keys.
struct Node {
  enum class Kind { null, scalar, list, mapping, invalid };  ///< invalid: wrong, and reported already.
  Kind kind = Kind::null;
  std::string text;            ///< Of a scalar.
  bool quoted = false;         ///< A scalar in quotes: text even if it looks like a number.
  std::vector<Entry> entries;  ///< Of a mapping.
  std::vector<Node> items;     ///< Of a list.
  Location at;                 ///< A scalar's place; a mapping's key, or its first key if it has none.
  std::string path;            ///< "decode.batch", "degrade[0].gpu"; empty at the root.

  /// The value of a key, or nullptr.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Entry* find_entry(std::string_view key);
};

/// A key of a mapping with its value.
struct Entry {
  std::string key;
  Location key_at;
  Node value;
};

/// What a value is, for messages: "a list", "empty".
[[nodiscard]] std::string_view noun(Node::Kind kind);

/// A scalar made by the program: `quoted` for text.
[[nodiscard]] Node scalar(std::string text, bool quoted = false);

/// The same in one line: {zipf: 0.8}.
[[nodiscard]] std::string to_flow_yaml(const Node& node);

/// YAML text of a tree, in block style, two spaces per level; lists in flow style.
[[nodiscard]] std::string to_yaml(const Node& node);

}  // namespace ringtail
