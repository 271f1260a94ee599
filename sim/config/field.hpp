#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "config/unit.hpp"

/// The vocabulary of the field tables (schema.cpp): how values are written in YAML (Format), and which of them make up
/// a section (Field).
namespace ringtail {

/// Smallest and largest value, in the base unit.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool min_excluded = false;
  bool max_excluded = false;

  [[nodiscard]] bool contains(double value) const;

  /// "from 1 to 65536", "above 0 B/s", "at least 0 s and below 1 s"; empty without limits.
  [[nodiscard]] std::string text(const UnitKind* unit = nullptr) const;
};

constexpr Range at_least(double min) { return {.min = min}; }
constexpr Range above(double min) { return {.min = min, .min_excluded = true}; }
constexpr Range between(double min, double max) { return {.min = min, .max = max}; }
constexpr Range fraction() { return {.min = 0, .max = 1, .min_excluded = true}; }  ///< (0, 1]

struct FieldInfo;

/// How a value is written, for generators of documentation and schemas.
struct TypeInfo {
  enum class Kind { text, boolean, integer, number, quantity, choice, mapping, one_of, list, anything, dictionary };
  Kind kind = Kind::text;
  Range range;                     ///< Of integers, numbers and quantities.
  const UnitKind* unit = nullptr;  ///< Of quantities.
  bool may_be_empty = true;        ///< Of text.
  std::vector<std::string> words;  ///< Of choices, the plain words of one_of, and one beside integers.
  std::vector<FieldInfo> fields;   ///< Of mappings; of one_of the keys of which one is given.
  std::vector<TypeInfo> item;      ///< Of lists: the one type of all items; of one_of: a plain value instead of a key.
  std::string folder;              ///< Of mappings that may be named instead: where their files are ("platforms").
  std::string entries;             ///< Of dictionaries, what goes to what: "axes to levels".

  /// One line: "whole number, from 1 to 65536", "bandwidth, above 0 B/s", "fp4 | fp8 | bf16".
  [[nodiscard]] std::string text() const;
};

/// One key of a section, for the same generators.
struct FieldInfo {
  std::string key;
  std::string help;
  bool required = false;
  Node default_value;     ///< Null if required, a section, or absent by default.
  std::string condition;  ///< When the key is allowed at all: "without latent". Empty: always.
  TypeInfo type;
};

/// How a value of type V is written in YAML.
template <class V>
struct Format {
  TypeInfo info;
  std::function<std::optional<V>(const Node&, Diagnostics&)> read;  ///< Reports and returns nothing if it is wrong.
  std::function<Node(const V&)> write;
};

/// One key of a section whose C++ type is T.
template <class T>
struct Field {
  FieldInfo info;
  std::function<void(T&, const Node& value, Diagnostics&)> read;
  std::function<std::optional<Node>(const T&)> write;  ///< Nothing if the key is to be left out.
  std::function<bool(const T&)> allowed;               ///< Empty: always. Judges by the fields before this one.
};

// Formats of single values.

[[nodiscard]] Format<std::string> text();   ///< May be empty.
[[nodiscard]] Format<std::string> label();  ///< Text that may not.
[[nodiscard]] Format<bool> boolean();
[[nodiscard]] Format<int> integer(Range range);
[[nodiscard]] Format<std::uint64_t> wide_integer(Range range);
[[nodiscard]] Format<std::optional<int>> integer_or(const std::string& word, Range range);  ///< The word: nothing.
[[nodiscard]] Format<double> number(Range range);
[[nodiscard]] Format<double> quantity(const UnitKind& unit, Range range);
[[nodiscard]] Format<int> count(const UnitKind& unit, Range range);  ///< A whole quantity: tokens.
[[nodiscard]] Format<Node> anything();                               ///< A value that something else will read.

/// Values with keys that are not known beforehand. `entries` says what goes to what, `example` is one of them.
using Dictionary = std::vector<Entry>;
[[nodiscard]] Format<Dictionary> dictionary(std::string entries, std::string example);

/// What scalars that are not what they should be have in common; defined for use by the templates below.
namespace field_detail {
std::optional<std::string> read_choice(const Node& node, const std::vector<std::string>& words,
                                       Diagnostics& diagnostics);
bool is_list(const Node& node, const TypeInfo& type, Diagnostics& diagnostics);
bool is_mapping(const Node& node, const TypeInfo& type, Diagnostics& diagnostics);
const Entry* only_entry(const Node& node, const TypeInfo& type, Diagnostics& diagnostics);
void check_keys(const Node& node, const TypeInfo& type, Diagnostics& diagnostics);
void missing_key(const Node& node, const FieldInfo& field, Diagnostics& diagnostics);
void forbidden_key(const Node& node, const FieldInfo& field, Diagnostics& diagnostics);
}  // namespace field_detail

/// One of a few words.
template <class V>
Format<V> choice(std::vector<std::pair<std::string, V>> options) {
  Format<V> format;
  format.info.kind = TypeInfo::Kind::choice;
  for (const auto& [word, value] : options) format.info.words.push_back(word);
  format.read = [options, words = format.info.words](const Node& node, Diagnostics& diagnostics) -> std::optional<V> {
    const auto word = field_detail::read_choice(node, words, diagnostics);
    for (const auto& [name, value] : options) {
      if (word == name) return value;
    }
    return std::nullopt;
  };
  format.write = [options](const V& value) {
    for (const auto& [name, option] : options) {
      if (option == value) return scalar(name);
    }
    return Node{};
  };
  return format;
}

// Fields of sections.

/// A key that must be there.
template <class T, class V>
Field<T> required(const std::string& key, V T::*member, Format<V> format, const std::string& help) {
  Field<T> field;
  field.info = {.key = key, .help = help, .required = true, .default_value = {}, .condition = {}, .type = format.info};
  field.read = [member, read = format.read](T& section, const Node& node, Diagnostics& diagnostics) {
    if (auto value = read(node, diagnostics)) section.*member = std::move(*value);
  };
  field.write = [member, write = format.write](const T& section) { return write(section.*member); };
  return field;
}

/// A key that may be left out: its default is what the C++ struct is initialised with.
template <class T, class V>
Field<T> defaulted(const std::string& key, V T::*member, Format<V> format, const std::string& help) {
  Node default_value = format.info.kind == TypeInfo::Kind::mapping ? Node{} : format.write(T{}.*member);
  Field<T> field = required(key, member, std::move(format), help);
  field.info.required = false;
  field.info.default_value = std::move(default_value);
  return field;
}

/// A key for something that a section has or has not.
template <class T, class V>
Field<T> optional(const std::string& key, std::optional<V> T::*member, Format<V> format, const std::string& help) {
  Field<T> field;
  field.info = {.key = key, .help = help, .required = false, .default_value = {}, .condition = {}, .type = format.info};
  field.read = [member, read = format.read](T& section, const Node& node, Diagnostics& diagnostics) {
    section.*member = read(node, diagnostics).value_or(V{});
  };
  field.write = [member, write = format.write](const T& section) -> std::optional<Node> {
    if (!(section.*member)) return std::nullopt;
    return write(*(section.*member));
  };
  return field;
}

/// A field of a part of the section, given beside the part.
template <class T, class P>
Field<T> of_part(P T::*part, Field<P> inner) {
  Field<T> field;
  field.info = inner.info;
  field.read = [part, read = inner.read](T& section, const Node& node, Diagnostics& diagnostics) {
    read(section.*part, node, diagnostics);
  };
  field.write = [part, write = inner.write](const T& section) { return write(section.*part); };
  return field;
}

/// The field, but allowed (and, if required, required) only if the fields before it satisfy a condition.
template <class T>
Field<T> only_if(const std::string& condition, std::function<bool(const T&)> allowed, Field<T> field) {
  field.info.condition = condition;
  field.allowed = std::move(allowed);
  return field;
}

/// Any number of values, in order. An item that is wrong is reported and left out.
template <class V>
Format<std::vector<V>> list(Format<V> item) {
  Format<std::vector<V>> format;
  format.info.kind = TypeInfo::Kind::list;
  format.info.item = {item.info};
  format.read = [item, info = format.info](const Node& node,
                                           Diagnostics& diagnostics) -> std::optional<std::vector<V>> {
    if (!field_detail::is_list(node, info, diagnostics)) return std::nullopt;
    std::vector<V> values;
    for (const Node& each : node.items)
      if (auto value = item.read(each, diagnostics)) values.push_back(std::move(*value));
    return values;
  };
  format.write = [item](const std::vector<V>& values) {
    Node node;
    node.kind = Node::Kind::list;
    for (const V& value : values) node.items.push_back(item.write(value));
    return node;
  };
  return format;
}

// Formats made of fields.

/// A section: a mapping with these keys and no others. If it may be named instead, `folder` says where the files are.
template <class T>
Format<T> mapping(std::vector<Field<T>> fields, std::string folder = {}) {
  Format<T> format;
  format.info.kind = TypeInfo::Kind::mapping;
  format.info.folder = std::move(folder);
  for (const auto& field : fields) format.info.fields.push_back(field.info);
  // Shared: a section's format is copied into that of the section around it, with all that its functions hold.
  const auto shared = std::make_shared<const std::vector<Field<T>>>(std::move(fields));
  const auto info = std::make_shared<const TypeInfo>(format.info);
  format.read = [shared, info](const Node& node, Diagnostics& diagnostics) -> std::optional<T> {
    if (!field_detail::is_mapping(node, *info, diagnostics)) return std::nullopt;
    field_detail::check_keys(node, *info, diagnostics);
    T section;
    for (const auto& field : *shared) {
      const Node* const value = node.find(field.info.key);
      const bool allowed = !field.allowed || field.allowed(section);
      if (value && allowed) field.read(section, *value, diagnostics);
      if (value && !allowed) field_detail::forbidden_key(*value, field.info, diagnostics);
      if (!value && allowed && field.info.required) field_detail::missing_key(node, field.info, diagnostics);
    }
    return section;
  };
  format.write = [shared](const T& section) {
    Node node;
    node.kind = Node::Kind::mapping;
    for (const auto& field : *shared) {
      if (field.allowed && !field.allowed(section)) continue;
      if (auto value = field.write(section)) node.entries.push_back({field.info.key, {}, std::move(*value)});
    }
    return node;
  };
  return format;
}

/// One way to give a value of which there are several: a word, or a mapping with one key.
template <class T>
struct Alternative {
  typename T::Kind kind;
  std::string word;
  std::optional<Field<T>> field;
};

template <class T>
Alternative<T> word(typename T::Kind kind, std::string text) {
  return {kind, std::move(text), std::nullopt};
}

template <class T>
Alternative<T> keyed(typename T::Kind kind, Field<T> field) {
  return {kind, {}, std::move(field)};
}

/// A struct with a member `kind`, written as a word or as a mapping with one key: `max`, `{total: 64}`.
template <class T>
Format<T> one_of(std::vector<Alternative<T>> alternatives) {
  Format<T> format;
  format.info.kind = TypeInfo::Kind::one_of;
  for (const auto& alternative : alternatives) {
    if (alternative.field)
      format.info.fields.push_back(alternative.field->info);
    else
      format.info.words.push_back(alternative.word);
  }
  format.read = [alternatives, info = format.info](const Node& node, Diagnostics& diagnostics) -> std::optional<T> {
    const Entry* const entry = field_detail::only_entry(node, info, diagnostics);
    for (const auto& alternative : alternatives) {
      T value;
      value.kind = alternative.kind;
      if (!alternative.field && node.kind == Node::Kind::scalar && node.text == alternative.word) return value;
      if (!alternative.field || !entry || entry->key != alternative.field->info.key) continue;
      alternative.field->read(value, entry->value, diagnostics);
      return value;
    }
    return std::nullopt;
  };
  format.write = [alternatives](const T& value) {
    for (const auto& alternative : alternatives) {
      if (alternative.kind != value.kind) continue;
      if (!alternative.field) return scalar(alternative.word);
      Node node;
      node.kind = Node::Kind::mapping;
      node.entries.push_back({alternative.field->info.key, {}, *alternative.field->write(value)});
      return node;
    }
    return Node{};
  };
  return format;
}

/// A struct with a member `kind`, written as a plain value or as `others` are: `4k`, `{uniform: [1k, 8k]}`.
template <class T, class V>
Format<T> plain_or(typename T::Kind kind, V T::*member, Format<V> plain, Format<T> others) {
  Format<T> format;
  format.info = others.info;
  format.info.item = {plain.info};
  format.read = [kind, member, read = plain.read, read_others = others.read](
                    const Node& node, Diagnostics& diagnostics) -> std::optional<T> {
    if (node.kind == Node::Kind::mapping) return read_others(node, diagnostics);
    T value;
    value.kind = kind;
    auto of_member = read(node, diagnostics);
    if (!of_member) return std::nullopt;
    value.*member = std::move(*of_member);
    return value;
  };
  format.write = [kind, member, write = plain.write, write_others = others.write](const T& value) {
    return value.kind == kind ? write(value.*member) : write_others(value);
  };
  return format;
}

}  // namespace ringtail
