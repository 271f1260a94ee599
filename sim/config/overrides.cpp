#include "config/overrides.hpp"

#include <algorithm>

#include "config/text.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {

namespace {

/// The entry of a key, made if it is not there; what is not a mapping becomes one.
Entry& entry_for(const Override::Key& key, Node& node) {
  if (node.kind != Node::Kind::mapping) {
    const Location place = node.at;
    node = Node{};
    node.kind = Node::Kind::mapping;
    node.at = place;
  }
  if (Entry* const entry = node.find_entry(key.text)) return *entry;
  node.entries.push_back({key.text, key.at, {}});
  node.entries.back().value.at = key.at;
  return node.entries.back();
}

}  // namespace

std::optional<Override> parse_override(const std::string& text, SourceMap& sources, Diagnostics& diagnostics) {
  const int source = sources.add({"--set " + text, text, true});
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    diagnostics.error(Location{source, 1, 1, static_cast<int>(text.size())}, "", "must be PATH=VALUE",
                      "write it like --set decode.context=128k");
    return std::nullopt;
  }
  Override result;
  for (std::size_t begin = 0; begin <= equals;) {
    const std::size_t end = std::min(text.find('.', begin), equals);
    result.path.push_back(
        {text.substr(begin, end - begin), {source, 1, static_cast<int>(begin) + 1, static_cast<int>(end - begin)}});
    begin = end + 1;
  }
  auto value =
      parse_yaml({source, std::string_view(text).substr(equals + 1), static_cast<int>(equals) + 1}, diagnostics);
  if (!value) return std::nullopt;
  if (value->kind != Node::Kind::scalar) value->at = result.path.back().at;
  result.value = std::move(*value);
  return result;
}

void apply_override(const Override& override, Node& root) {
  Node* node = &root;
  for (auto key = override.path.begin(); key + 1 != override.path.end(); ++key) node = &entry_for(*key, *node).value;
  Entry& entry = entry_for(override.path.back(), *node);
  entry.key_at = override.path.back().at;
  entry.value = override.value;
}

}  // namespace ringtail
