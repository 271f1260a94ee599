#include "config/field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "config/suggest.hpp"
#include "config/text.hpp"

namespace ringtail {

namespace {

std::string name_of(const Node& node) { return node.path.empty() ? "the file" : node.path; }

/// Reports a value that is not of the right kind.
void wrong_kind(const Node& node, std::string_view expected, std::string help, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::invalid) return;
  const std::string message = node.kind == Node::Kind::null
                                  ? fmt::format("{} has no value; it must be {}", name_of(node), expected)
                                  : fmt::format("{} must be {}, not {}", name_of(node), expected, noun(node.kind));
  diagnostics.error(node, message, std::move(help));
}

/// Reports a scalar with its text.
void wrong_value(const Node& node, std::string_view message, std::string help, Diagnostics& diagnostics) {
  diagnostics.error(node, fmt::format("{}: {} {}", name_of(node), in_quotes(node.text), message), std::move(help));
}

/// The scalar, unless it is something else.
const std::string* read_scalar(const Node& node, std::string_view expected, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::scalar) return &node.text;
  wrong_kind(node, expected, {}, diagnostics);
  return nullptr;
}

/// A scalar that is not text.
const std::string* read_unquoted(const Node& node, std::string_view expected, Diagnostics& diagnostics) {
  const std::string* const text = read_scalar(node, expected, diagnostics);
  if (!text || !node.quoted) return text;
  wrong_value(node, "is text because of its quotes", fmt::format("it must be {}: remove the quotes", expected),
              diagnostics);
  return nullptr;
}

bool check_range(const Node& node, double value, const Range& range, const UnitKind* unit, Diagnostics& diagnostics) {
  if (range.contains(value)) return true;
  wrong_value(node, fmt::format("is out of range: it must be {}", range.text(unit)), {}, diagnostics);
  return false;
}

std::optional<double> accept(const Node& node, const std::variant<double, Mistake>& parsed, Diagnostics& diagnostics) {
  if (const auto* value = std::get_if<double>(&parsed)) return *value;
  const auto& mistake = std::get<Mistake>(parsed);
  wrong_value(node, mistake.message, mistake.help, diagnostics);
  return std::nullopt;
}

bool is_whole(std::string_view text) {
  return text.find_first_not_of("0123456789", text.substr(0, 1) == "-" ? 1 : 0) == text.npos;
}

/// A whole number within a range that the type can hold.
template <class Int>
std::optional<Int> read_integer(const Node& node, const Range& range, Diagnostics& diagnostics) {
  const std::string* const text = read_unquoted(node, "a whole number", diagnostics);
  if (!text) return std::nullopt;
  const auto value = accept(node, parse_number(*text), diagnostics);
  if (!value) return std::nullopt;
  if (!is_whole(*text)) {
    wrong_value(node, "is not a whole number", "write its digits without point and exponent", diagnostics);
    return std::nullopt;
  }
  Int result{};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), result);
  if (error == std::errc() && range.contains(*value)) return result;
  wrong_value(node, fmt::format("is out of range: it must be {}", range.text()), {}, diagnostics);
  return std::nullopt;
}

template <class Int>
Format<Int> integer_format(Range range) {
  Format<Int> format;
  format.info.kind = TypeInfo::Kind::integer;
  format.info.range = range;
  format.read = [range](const Node& node, Diagnostics& diagnostics) {
    return read_integer<Int>(node, range, diagnostics);
  };
  format.write = [](const Int& value) { return scalar(fmt::format("{}", value)); };
  return format;
}

}  // namespace

Format<std::string> text() {
  Format<std::string> format;
  format.info.kind = TypeInfo::Kind::text;
  format.read = [](const Node& node, Diagnostics& diagnostics) -> std::optional<std::string> {
    const std::string* const text = read_scalar(node, "text", diagnostics);
    if (!text || !find_text_flaw(*text)) return text ? std::optional(*text) : std::nullopt;
    wrong_value(node, "has control characters", {}, diagnostics);
    return std::nullopt;
  };
  format.write = [](const std::string& value) { return scalar(value, true); };
  return format;
}

Format<std::string> label() {
  Format<std::string> format = text();
  format.info.may_be_empty = false;
  format.read = [read = format.read](const Node& node, Diagnostics& diagnostics) -> std::optional<std::string> {
    auto text = read(node, diagnostics);
    if (!text || !text->empty()) return text;
    diagnostics.error(node, name_of(node) + " must not be empty");
    return std::nullopt;
  };
  return format;
}

Format<bool> boolean() {
  Format<bool> format;
  format.info.kind = TypeInfo::Kind::boolean;
  format.read = [](const Node& node, Diagnostics& diagnostics) -> std::optional<bool> {
    const std::string* const text = read_unquoted(node, "true or false", diagnostics);
    if (!text) return std::nullopt;
    if (*text == "true" || *text == "false") return *text == "true";
    wrong_value(node, "is not true or false", {}, diagnostics);
    return std::nullopt;
  };
  format.write = [](const bool& value) { return scalar(value ? "true" : "false"); };
  return format;
}

Format<int> integer(Range range) {
  range.max = std::min(range.max, static_cast<double>(std::numeric_limits<int>::max()));
  return integer_format<int>(range);
}

Format<std::uint64_t> wide_integer(Range range) { return integer_format<std::uint64_t>(range); }

Format<std::optional<int>> integer_or(const std::string& word, Range range) {
  const Format<int> whole = integer(range);
  Format<std::optional<int>> format;
  format.info = whole.info;
  format.info.words = {word};
  format.read = [whole, word, type = format.info.text()](
                    const Node& node, Diagnostics& diagnostics) -> std::optional<std::optional<int>> {
    if (node.kind == Node::Kind::scalar && node.text == word) return std::optional<int>{};
    if (node.kind == Node::Kind::scalar && !node.quoted &&
        std::isalpha(static_cast<unsigned char>(node.text[0])) != 0) {
      wrong_value(node, "is not one of the values", "write one of: " + type, diagnostics);
      return std::nullopt;
    }
    const std::optional<int> value = whole.read(node, diagnostics);
    return value ? std::optional(value) : std::nullopt;
  };
  format.write = [whole, word](const std::optional<int>& value) { return value ? whole.write(*value) : scalar(word); };
  return format;
}

Format<double> number(Range range) {
  Format<double> format;
  format.info.kind = TypeInfo::Kind::number;
  format.info.range = range;
  format.read = [range](const Node& node, Diagnostics& diagnostics) -> std::optional<double> {
    const std::string* const text = read_unquoted(node, "a number", diagnostics);
    if (!text) return std::nullopt;
    const auto value = accept(node, parse_number(*text), diagnostics);
    return value && check_range(node, *value, range, nullptr, diagnostics) ? value : std::nullopt;
  };
  format.write = [](const double& value) { return scalar(format_number(value)); };
  return format;
}

Format<double> quantity(const UnitKind& unit, Range range) {
  Format<double> format;
  format.info.kind = TypeInfo::Kind::quantity;
  format.info.range = range;
  format.info.unit = &unit;
  format.read = [range, &unit](const Node& node, Diagnostics& diagnostics) -> std::optional<double> {
    const std::string* const text = read_scalar(node, unit.noun, diagnostics);
    if (!text) return std::nullopt;
    const auto value = accept(node, parse_quantity(*text, unit), diagnostics);
    return value && check_range(node, *value, range, &unit, diagnostics) ? value : std::nullopt;
  };
  format.write = [&unit](const double& value) { return scalar(format_quantity(value, unit)); };
  return format;
}

Format<int> count(const UnitKind& unit, Range range) {
  const Format<double> whole = quantity(unit, range);
  Format<int> format;
  format.info = whole.info;
  format.read = [whole](const Node& node, Diagnostics& diagnostics) -> std::optional<int> {
    const auto value = whole.read(node, diagnostics);
    if (!value) return std::nullopt;
    if (*value == std::floor(*value)) return static_cast<int>(*value);
    wrong_value(node, "is not a whole number", {}, diagnostics);
    return std::nullopt;
  };
  format.write = [whole](const int& value) { return whole.write(value); };
  return format;
}

Format<Node> anything() {
  Format<Node> format;
  format.info.kind = TypeInfo::Kind::anything;
  format.read = [](const Node& node, Diagnostics&) -> std::optional<Node> {
    return node.kind == Node::Kind::invalid ? std::nullopt : std::optional(node);
  };
  format.write = [](const Node& node) { return node; };
  return format;
}

Format<Dictionary> dictionary(std::string entries, std::string example) {
  Format<Dictionary> format;
  format.info.kind = TypeInfo::Kind::dictionary;
  format.info.entries = std::move(entries);
  format.read = [info = format.info, example = std::move(example)](
                    const Node& node, Diagnostics& diagnostics) -> std::optional<Dictionary> {
    if (node.kind == Node::Kind::mapping) return node.entries;
    wrong_kind(node, "a " + info.text(), fmt::format("write it like {}", example), diagnostics);
    return std::nullopt;
  };
  format.write = [](const Dictionary& values) {
    Node node;
    node.kind = Node::Kind::mapping;
    node.entries = values;
    return node;
  };
  return format;
}

namespace field_detail {

namespace {

std::vector<std::string> keys_of(const std::vector<FieldInfo>& fields) {
  std::vector<std::string> keys;
  keys.reserve(fields.size());
  for (const FieldInfo& field : fields) keys.push_back(field.key);
  return keys;
}

void unknown_key(const Node& node, const Entry& entry, const TypeInfo& type, Diagnostics& diagnostics) {
  const std::string where = node.path.empty() ? "" : fmt::format(" in {}", node.path);
  diagnostics.error(entry.key_at, entry.value.path, fmt::format("unknown key {}{}", in_quotes(entry.key), where),
                    suggestion(entry.key, keys_of(type.fields)));
}

}  // namespace

std::optional<std::string> read_choice(const Node& node, const std::vector<std::string>& words,
                                       Diagnostics& diagnostics) {
  const std::string* const text = read_scalar(node, fmt::format("one of {}", fmt::join(words, ", ")), diagnostics);
  if (!text) return std::nullopt;
  if (std::find(words.begin(), words.end(), *text) != words.end()) return *text;
  wrong_value(node, "is not one of the values", suggestion(*text, words), diagnostics);
  return std::nullopt;
}

bool is_list(const Node& node, const TypeInfo& type, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::list) return true;
  wrong_kind(node, "a " + type.text(), "write it in brackets: [first, second]", diagnostics);
  return false;
}

bool is_mapping(const Node& node, const TypeInfo& type, Diagnostics& diagnostics) {
  if (node.kind == Node::Kind::mapping) return true;
  const std::string expected =
      type.folder.empty() ? "a mapping" : fmt::format("a name from {} or a mapping", type.folder);
  wrong_kind(node, expected, fmt::format("keys: {}", fmt::join(keys_of(type.fields), ", ")), diagnostics);
  return false;
}

void check_keys(const Node& node, const TypeInfo& type, Diagnostics& diagnostics) {
  for (const Entry& entry : node.entries) {
    if (diagnostics.full()) return;
    const bool known =
        std::any_of(type.fields.begin(), type.fields.end(), [&](const FieldInfo& f) { return f.key == entry.key; });
    if (!known) unknown_key(node, entry, type, diagnostics);
  }
}

void missing_key(const Node& node, const FieldInfo& field, Diagnostics& diagnostics) {
  const std::string prefix = node.path.empty() ? "" : node.path + ".";
  const std::string where = node.path.empty() ? "" : fmt::format(" in {}", node.path);
  diagnostics.error(node.at, prefix + field.key, fmt::format("missing key '{}'{}", field.key, where),
                    fmt::format("{}: {}. {}", field.key, field.type.text(), field.help));
}

void forbidden_key(const Node& node, const FieldInfo& field, Diagnostics& diagnostics) {
  diagnostics.error(node, fmt::format("{} is given only {}", node.path, field.condition), "remove it");
}

const Entry* only_entry(const Node& node, const TypeInfo& type, Diagnostics& diagnostics) {
  const bool is_word =
      node.kind == Node::Kind::scalar && std::find(type.words.begin(), type.words.end(), node.text) != type.words.end();
  if (is_word || node.kind == Node::Kind::invalid) return nullptr;
  if (node.kind == Node::Kind::scalar) {
    wrong_value(node, "is not one of the values", "write one of: " + type.text(), diagnostics);
  } else if (node.kind != Node::Kind::mapping) {
    wrong_kind(node, type.text(), {}, diagnostics);
  } else if (node.entries.size() != 1) {
    diagnostics.error(node, fmt::format("{} must have exactly one key", node.path), "write one of: " + type.text());
  } else {
    check_keys(node, type, diagnostics);
    return &node.entries.front();
  }
  return nullptr;
}

}  // namespace field_detail

}  // namespace ringtail
