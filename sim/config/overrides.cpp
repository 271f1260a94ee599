#include "config/overrides.hpp"

#include <algorithm>

#include "config/text.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {

namespace {

/// The entry of a key, made if it is not there.
Entry& entry_for(const Override::Key& key, Node& mapping) {
  if (Entry* const entry = mapping.find_entry(key.text)) return *entry;
  mapping.entries.push_back({key.text, key.at, {}});
  mapping.entries.back().value.at = key.at;
  return mapping.entries.back();
}

/// Makes the entry's value a mapping if it is not one: then that is where the command line set it.
void make_mapping(Entry& entry, const Location& at) {
  if (entry.value.kind == Node::Kind::mapping) return;
  entry.key_at = at;
  entry.value = Node{};
  entry.value.kind = Node::Kind::mapping;
  entry.value.at = at;
}

/// Cuts the path at its dots. `at` is where it begins; `example` is how to set a list. False if it is not possible.
bool split_path(const std::string& path, const Location& at, const std::string& example, Override& result,
                Diagnostics& diagnostics) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    Location place = at;
    place.column += static_cast<int>(begin);
    place.width = static_cast<int>(end - begin);
    result.path.push_back({path.substr(begin, end - begin), place});
    if (result.path.back().text.find('[') != std::string::npos) {
      diagnostics.error(place, "", "single items of a list cannot be set", "set the whole list: " + example);
      return false;
    }
    begin = end + 1;
  }
  return true;
}

}  // namespace

std::optional<Override> parse_override(const std::string& text, SourceMap& sources, Diagnostics& diagnostics) {
  const std::string option = "--set ";
  const int source = sources.add(command_line_source(option + text));
  const int column = static_cast<int>(option.size()) + 1;  // of the text in the source
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    diagnostics.error(Location{source, 1, column, static_cast<int>(text.size())}, "", "must be PATH=VALUE",
                      "write it like --set decode.context=128k");
    return std::nullopt;
  }
  Override result;
  const Location first_key{source, 1, column, 1};
  if (!split_path(text.substr(0, equals), first_key, "path=[first, second]", result, diagnostics)) return std::nullopt;
  auto value =
      parse_yaml({source, std::string_view(text).substr(equals + 1), column + static_cast<int>(equals)}, diagnostics);
  if (!value) return std::nullopt;
  if (value->kind != Node::Kind::scalar) value->at = result.path.back().at;
  result.value = std::move(*value);
  return result;
}

std::optional<Override> override_of(const Entry& change, Diagnostics& diagnostics) {
  Override result;
  if (!split_path(change.key, change.key_at, "path: [first, second]", result, diagnostics)) return std::nullopt;
  result.value = change.value;
  return result;
}

void apply_override(const Override& override, Node& root) {
  Node* node = &root;
  for (auto key = override.path.begin(); key + 1 != override.path.end(); ++key) {
    Entry& section = entry_for(*key, *node);
    if (section.value.kind == Node::Kind::invalid) return;  // reported already: an unknown model, say
    make_mapping(section, key->at);
    node = &section.value;
  }
  Entry& entry = entry_for(override.path.back(), *node);
  entry.key_at = override.path.back().at;
  entry.value = override.value;
}

}  // namespace ringtail
