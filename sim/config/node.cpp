#include "config/node.hpp"

#include <algorithm>

namespace ringtail {

namespace {

bool is_plain_text(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '-' ||
           c == '_' || c == '.' || c == '/';
  };
  const bool letter_first = !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  return letter_first && text.back() != ' ' && std::all_of(text.begin(), text.end(), plain) && text != "null" &&
         text != "Null" && text != "NULL";
}

std::string quote(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c == '"' || c == '\\')
      result += {'\\', c};
    else
      result += c;
  }
  return result + "\"";
}

std::string scalar_text(const Node& node) {
  return node.quoted && !is_plain_text(node.text) ? quote(node.text) : node.text;
}

void write(const Node& node, int level, std::string& out) {
  for (const auto& [key, place, value] : node.entries) {
    out += std::string(static_cast<std::size_t>(2 * level), ' ') + key + ":";
    if (value.kind == Node::Kind::mapping && !value.entries.empty()) {
      out += "\n";
      write(value, level + 1, out);
    } else {
      out += " " + to_yaml(value) + "\n";
    }
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return entry == entries.end() ? nullptr : &entry->value;
}

Entry* Node::find_entry(std::string_view key) {
  const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return entry == entries.end() ? nullptr : &*entry;
}

std::string_view noun(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null: return "empty";
    case Node::Kind::scalar: return "a single value";
    case Node::Kind::list: return "a list";
    case Node::Kind::mapping: return "a mapping";
    case Node::Kind::invalid: return "invalid";
  }
  return {};
}

Node scalar(std::string text, bool quoted) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

std::string to_flow_yaml(const Node& node) {
  if (node.kind == Node::Kind::scalar) return scalar_text(node);
  std::string text;
  for (const Node& item : node.items) text += (text.empty() ? "" : ", ") + to_flow_yaml(item);
  for (const Entry& entry : node.entries)
    text += (text.empty() ? "" : ", ") + entry.key + ": " + to_flow_yaml(entry.value);
  return node.kind == Node::Kind::list ? "[" + text + "]" : "{" + text + "}";
}

std::string to_yaml(const Node& node) {
  if (node.kind == Node::Kind::scalar || node.kind == Node::Kind::list || node.entries.empty())
    return to_flow_yaml(node);
  std::string out;
  write(node, 0, out);
  return out;
}

}  // namespace ringtail
