#include "config/key_markdown.hpp"

#include <fmt/format.h>

namespace ringtail {
namespace {

std::string meaning_of(const FieldInfo& field) {
  if (field.condition.empty()) return field.help;
  return fmt::format("{} {} {}.", field.help, field.required ? "Required, and allowed only," : "Only", field.condition);
}

std::string default_of(const FieldInfo& field) {
  if (field.required) return "required";
  return field.default_value.kind == Node::Kind::null ? "" : fmt::format("`{}`", to_flow_yaml(field.default_value));
}

/// Ways of which one is taken: words and plain values; keys have rows of their own.
std::string type_of(const TypeInfo& type) {
  if (type.kind == TypeInfo::Kind::mapping && type.folder.empty()) return "section";
  if (type.kind != TypeInfo::Kind::one_of) return type.text();
  std::string text;
  const auto add = [&](const std::string& way) { text += (text.empty() ? "" : " | ") + way; };
  for (const std::string& word : type.words) add(word);
  if (!type.item.empty()) add(type.item.front().text());
  for (const FieldInfo& field : type.fields) add(fmt::format("{{{}: ..}}", field.key));
  return text;
}

void add_rows(const TypeInfo& type, const std::string& prefix, std::string& out) {
  const bool are_alternatives = type.kind == TypeInfo::Kind::one_of;  // of which none is required
  for (const FieldInfo& field : type.fields) {
    const std::string key = prefix + field.key;
    out += fmt::format("| `{}` | {} | {} | {} |\n", key, in_cell(type_of(field.type)),
                       are_alternatives ? "" : in_cell(default_of(field)), in_cell(meaning_of(field)));
    if (field.type.folder.empty()) add_rows(field.type, key + ".", out);
    if (field.type.kind == TypeInfo::Kind::list) add_rows(field.type.item.front(), key + "[].", out);
  }
}

}  // namespace

std::string in_cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string key_markdown(const TypeInfo& type) {
  std::string out = "| key | type | default | meaning |\n| --- | --- | --- | --- |\n";
  add_rows(type, "", out);
  return out;
}

}  // namespace ringtail
