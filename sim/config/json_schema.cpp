#include "config/json_schema.hpp"

#include <fmt/format.h>

#include <cmath>

#include "config/node_json.hpp"

namespace ringtail {

namespace {

using Json = nlohmann::ordered_json;

Json schema_of(const TypeInfo& type);

/// Whole numbers without point: 2^53 is the largest limit there is.
Json number_of(double value) {
  if (value == std::floor(value) && std::abs(value) <= 9007199254740992.0) return static_cast<std::int64_t>(value);
  return value;
}

void add_range(const Range& range, Json& json) {
  if (std::isfinite(range.min)) json[range.min_excluded ? "exclusiveMinimum" : "minimum"] = number_of(range.min);
  if (std::isfinite(range.max)) json[range.max_excluded ? "exclusiveMaximum" : "maximum"] = number_of(range.max);
}

/// What parse_quantity reads, and of the range what a pattern can say: nothing below zero, or not zero either.
std::string quantity_pattern(const UnitKind& unit, const Range& range) {
  const bool positive = range.min > 0 || (range.min == 0 && range.min_excluded);
  return fmt::format(R"(^{}{}(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)? *({}){}$)", range.min < 0 ? "-?" : "",
                     positive ? R"((?!0(\.0+)?([^.0-9]|$)))" : "", fmt::join(unit.names(), "|"), unit.plain ? "?" : "");
}

Json quantity_schema(const TypeInfo& type) {
  const Json text = {{"type", "string"}, {"pattern", quantity_pattern(*type.unit, type.range)}};
  if (!type.unit->plain) return text;
  Json plain = {{"type", "number"}};
  add_range(type.range, plain);
  return {{"anyOf", Json::array({text, plain})}};
}

/// "Memory of one GPU. A size in bytes such as 80 GB, from 1 B to 1000 PB. Only with topology: rail."
std::string description(const FieldInfo& field) {
  std::string text = field.help;
  if (field.type.kind == TypeInfo::Kind::quantity) {
    std::string what = field.type.text();
    what[0] = static_cast<char>(std::toupper(what[0]));
    text += fmt::format(" {}.", what);
  }
  if (!field.condition.empty())
    text += fmt::format(" {} {}.", field.required ? "Required, and allowed only," : "Only", field.condition);
  return text;
}

Json field_schema(const FieldInfo& field) {
  Json json = {{"description", description(field)}};
  json.update(schema_of(field.type));
  if (field.default_value.kind != Node::Kind::null) json["default"] = to_json(field.default_value);
  return json;
}

Json object_schema(const std::vector<FieldInfo>& fields) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const FieldInfo& field : fields) {
    properties[field.key] = field_schema(field);
    if (field.required && field.condition.empty()) required.push_back(field.key);
  }
  Json json = {{"type", "object"}, {"additionalProperties", false}};
  if (!required.empty()) json["required"] = required;
  json["properties"] = properties;
  return json;
}

/// A word, a plain value, or one key of those.
Json one_of_schema(const TypeInfo& type) {
  Json ways = Json::array();
  if (!type.words.empty()) ways.push_back({{"enum", type.words}});
  if (!type.item.empty()) ways.push_back(schema_of(type.item.front()));
  for (const FieldInfo& field : type.fields) ways.push_back(object_schema({field}));
  return {{"oneOf", ways}};
}

Json mapping_schema(const TypeInfo& type) {
  if (type.folder.empty()) return object_schema(type.fields);
  const Json name = {{"type", "string"},
                     {"minLength", 1},
                     {"description", fmt::format("Name of a file in {}, without .yaml.", type.folder)}};
  return {{"anyOf", Json::array({name, object_schema(type.fields)})}};
}

Json schema_of(const TypeInfo& type) {
  using Kind = TypeInfo::Kind;
  Json json = Json::object();
  switch (type.kind) {
    case Kind::text:  // quotes may be left out, whatever it looks like
      json["type"] = {"string", "number", "boolean"};
      if (!type.may_be_empty) json["minLength"] = 1;
      break;
    case Kind::boolean: json["type"] = "boolean"; break;
    case Kind::integer: json["type"] = "integer"; break;
    case Kind::number: json["type"] = "number"; break;
    case Kind::choice: json["enum"] = type.words; break;
    case Kind::list: json = {{"type", "array"}, {"items", schema_of(type.item.front())}}; break;
    case Kind::anything: return json;
    case Kind::dictionary: json["type"] = "object"; break;
    case Kind::quantity: return quantity_schema(type);
    case Kind::mapping: return mapping_schema(type);
    case Kind::one_of: return one_of_schema(type);
  }
  add_range(type.range, json);
  if (type.kind == Kind::integer && !type.words.empty())
    return {{"anyOf", Json::array({{{"enum", type.words}}, json})}};
  return json;
}

void add_rows(const TypeInfo& type, const std::string& prefix, std::string& out) {
  for (const FieldInfo& field : type.fields) {
    const bool is_section = field.type.kind == TypeInfo::Kind::mapping;
    std::string facts = is_section && field.type.folder.empty() ? "section" : field.type.text();
    if (field.required) facts += "; required";
    if (field.default_value.kind != Node::Kind::null) facts += "; default " + to_yaml(field.default_value);
    if (!field.condition.empty()) facts += "; only " + field.condition;
    out += fmt::format("{}{}\n    {}\n    {}\n", prefix, field.key, facts, field.help);
    if (is_section) add_rows(field.type, prefix + field.key + ".", out);
    if (field.type.kind == TypeInfo::Kind::list) add_rows(field.type.item.front(), prefix + field.key + "[].", out);
  }
}

}  // namespace

std::string json_schema(const TypeInfo& type, const std::string& title) {
  Json json = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}};
  json.update(object_schema(type.fields));
  return json.dump(1) + "\n";
}

std::string key_table(const TypeInfo& type) {
  std::string out;
  add_rows(type, "", out);
  return out;
}

}  // namespace ringtail
