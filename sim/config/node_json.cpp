#include "config/node_json.hpp"

#include <charconv>
#include <cstdint>

namespace ringtail {

namespace {

using Json = nlohmann::ordered_json;

template <class Number>
bool parse_whole(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Json scalar_json(const Node& node) {
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (std::uint64_t whole = 0; parse_whole(node.text, whole)) return whole;
  if (double number = 0; parse_whole(node.text, number)) return number;
  return node.text;
}

}  // namespace

nlohmann::ordered_json to_json(const Node& node) {
  if (node.kind == Node::Kind::scalar) return scalar_json(node);
  if (node.kind == Node::Kind::list) {
    Json json = Json::array();
    for (const Node& item : node.items) json.push_back(to_json(item));
    return json;
  }
  Json json = Json::object();
  for (const Entry& entry : node.entries) json[entry.key] = to_json(entry.value);
  return json;
}

}  // namespace ringtail
