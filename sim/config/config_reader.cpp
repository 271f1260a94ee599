#include "config/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "config/text.hpp"

namespace ringtail {
namespace {

constexpr std::string_view whole_number = "a whole number";
constexpr std::string_view whole_numbers = "a list of whole numbers";

const Node& text_of(const Node& config) {
  const Node* const text = config.find("text_config");
  return text && text->kind == Node::Kind::mapping ? *text : config;
}

/// A whole number from 0 on that an int can hold. JSON has texts in quotes and numbers without.
std::optional<int> whole(const Node& node) {
  int value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [rest, error] = std::from_chars(node.text.data(), end, value);
  const bool is_whole = node.kind == Node::Kind::scalar && !node.quoted && error == std::errc() && rest == end;
  return is_whole && value >= 0 ? std::optional(value) : std::nullopt;
}

/// "'many'", "the text \"8\"", "a list": what is there in place of what was expected.
std::string what_is(const Node& node) {
  if (node.kind != Node::Kind::scalar) return std::string(noun(node.kind));
  return (node.quoted ? "the text " : "") + in_quotes(node.text);
}

/// A number that is whole, but negative or larger than any figure of a model.
bool is_out_of_range(const Node& node) {
  const std::size_t sign = node.text.starts_with('-') ? 1 : 0;
  return node.kind == Node::Kind::scalar && !node.quoted && node.text.size() > sign &&
         node.text.find_first_not_of("0123456789", sign) == std::string::npos;
}

}  // namespace

ConfigReader::ConfigReader(const Node& config, Diagnostics& diagnostics)
    : config_(config), text_(text_of(config)), diagnostics_(diagnostics) {
  const Node* const text = config.find("text_config");
  if (text && text->kind != Node::Kind::mapping && text->kind != Node::Kind::null)
    wrong(*text, "text_config", "a mapping");
}

const Node* ConfigReader::find(std::string_view key) {
  read_.emplace_back(key);
  for (const Node* const part : {&text_, &config_}) {
    const Node* const node = part->find(key);
    if (node && node->kind != Node::Kind::null) return node;
  }
  return nullptr;
}

std::optional<Figure> ConfigReader::integer(std::string_view key) {
  const Node* const node = find(key);
  if (!node) return std::nullopt;
  const auto value = whole(*node);
  if (!value) wrong(*node, key, whole_number);
  return Figure{value.value_or(0), node->at};
}

Figure ConfigReader::integer_or(std::string_view key, int fallback) {
  return integer(key).value_or(Figure{fallback, place()});
}

Figure ConfigReader::required(std::string_view key, std::string_view meaning) {
  if (const auto figure = integer(key)) return *figure;
  report(key, place(), fmt::format("missing field '{}'", key), fmt::format("{}: {}", key, meaning));
  return {0, place()};
}

bool ConfigReader::flag(std::string_view key, bool fallback) {
  const Node* const node = find(key);
  if (!node) return fallback;
  const bool is_flag = node->kind == Node::Kind::scalar && (node->text == "true" || node->text == "false");
  if (!is_flag || node->quoted) wrong(*node, key, "true or false");
  return node->text == "true";
}

std::string ConfigReader::word(std::string_view key) {
  const Node* const node = find(key);
  if (!node) return {};
  if (node->kind != Node::Kind::scalar || !node->quoted) wrong(*node, key, "a text");
  return node->text;
}

const Node* ConfigReader::section(std::string_view key) {
  const Node* const node = find(key);
  if (!node || node->kind == Node::Kind::mapping) return node;
  wrong(*node, key, "a mapping");
  return nullptr;
}

std::optional<std::vector<int>> ConfigReader::integers(std::string_view key) {
  const Node* const node = find(key);
  if (!node) return std::nullopt;
  if (node->kind != Node::Kind::list) wrong(*node, key, whole_numbers);
  std::vector<int> values;
  for (const Node& item : node->items) {
    const auto value = whole(item);
    if (!value) wrong(item, key, whole_numbers);
    values.push_back(value.value_or(0));
  }
  return values;
}

std::optional<std::vector<std::string>> ConfigReader::words(std::string_view key) {
  const Node* const node = find(key);
  if (!node) return std::nullopt;
  if (node->kind != Node::Kind::list) wrong(*node, key, "a list of words");
  std::vector<std::string> values;
  for (const Node& item : node->items) {
    if (item.kind != Node::Kind::scalar) wrong(item, key, "a list of words");
    values.push_back(item.text);
  }
  return values;
}

void ConfigReader::report(std::string_view key, const Location& at, std::string message, std::string help) {
  if (!sound(key)) return;
  mistaken_.emplace_back(key);
  diagnostics_.error(at, config_.path, std::move(message), std::move(help));
}

void ConfigReader::wrong(const Node& node, std::string_view key, std::string_view expected) {
  const bool is_number = expected == whole_number || expected == whole_numbers;
  const std::string range = is_number && is_out_of_range(node)
                                ? fmt::format(" from 0 to {}", std::numeric_limits<int>::max())
                                : std::string();
  report(key, node.at, fmt::format("{} must be {}{}, not {}", key, expected, range, what_is(node)), {});
}

void ConfigReader::refuse(std::string_view key, const std::string& message, const std::string& help) {
  const Node* const node = find(key);
  report(key, node ? node->at : place(), fmt::format("{}: {}", key, message), help);
}

void ConfigReader::refuse_item(std::string_view key, std::size_t item, const std::string& message,
                               const std::string& help) {
  report(key, find(key)->items.at(item).at, fmt::format("{}: {}", key, message), help);
}

bool ConfigReader::sound(std::string_view key) const {
  return std::find(mistaken_.begin(), mistaken_.end(), key) == mistaken_.end();
}

Location ConfigReader::place() const {
  for (const char* const key : {"architectures", "model_type"})
    for (const Node* const part : {&text_, &config_})
      if (const Node* const node = part->find(key)) return node->at;
  return text_.at;
}

std::vector<Entry> ConfigReader::unread() const {
  std::vector<Entry> result;
  const auto is_read = [&](const std::string& key) {
    return std::find(read_.begin(), read_.end(), key) != read_.end();
  };
  for (const Entry& entry : config_.entries) {
    if (entry.key != "text_config" && !is_read(entry.key)) result.push_back({entry.key, entry.key_at, {}});
    if (entry.key != "text_config" || &text_ == &config_) continue;
    for (const Entry& inner : text_.entries)
      if (!is_read(inner.key)) result.push_back({"text_config." + inner.key, inner.key_at, {}});
  }
  return result;
}

}  // namespace ringtail
