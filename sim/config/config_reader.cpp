#include "config/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/text.hpp"

namespace ringtail {
namespace {

const Node& text_of(const Node& config) {
  const Node* const text = config.find("text_config");
  return text && text->kind == Node::Kind::mapping ? *text : config;
}

/// A whole number from 0 on that an int can hold.
std::optional<int> whole(const Node& node) {
  int value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [rest, error] = std::from_chars(node.text.data(), end, value);
  const bool is_whole = node.kind == Node::Kind::scalar && !node.quoted && error == std::errc() && rest == end;
  return is_whole && value >= 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

ConfigReader::ConfigReader(const Node& config, Diagnostics& diagnostics)
    : config_(config), text_(text_of(config)), diagnostics_(diagnostics) {}

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
  if (!value) wrong(*node, key, "a whole number");
  return Figure{value.value_or(0), node->at};
}

Figure ConfigReader::integer_or(std::string_view key, int fallback) {
  return integer(key).value_or(Figure{fallback, place()});
}

Figure ConfigReader::required(std::string_view key, std::string_view meaning) {
  if (const auto figure = integer(key)) return *figure;
  failed_ = true;
  diagnostics_.error(place(), config_.path, fmt::format("missing field '{}'", key),
                     fmt::format("{}: {}", key, meaning));
  return {0, place()};
}

bool ConfigReader::flag(std::string_view key, bool fallback) {
  const Node* const node = find(key);
  if (!node) return fallback;
  const bool is_flag = node->kind == Node::Kind::scalar && (node->text == "true" || node->text == "false");
  if (!is_flag || node->quoted) wrong(*node, key, "true or false");
  return node->text == "true";
}

std::optional<std::vector<int>> ConfigReader::integers(std::string_view key) {
  const Node* const node = find(key);
  if (!node) return std::nullopt;
  if (node->kind != Node::Kind::list) wrong(*node, key, "a list of whole numbers");
  std::vector<int> values;
  for (const Node& item : node->items) {
    const auto value = whole(item);
    if (!value) wrong(item, key, "a list of whole numbers");
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

void ConfigReader::wrong(const Node& node, std::string_view key, std::string_view expected) {
  failed_ = true;
  const std::string what = node.kind == Node::Kind::scalar ? in_quotes(node.text) : std::string(noun(node.kind));
  diagnostics_.error(node.at, config_.path, fmt::format("{} must be {}, not {}", key, expected, what));
}

void ConfigReader::refuse(std::string_view key, const std::string& message, const std::string& help) {
  failed_ = true;
  const Node* const node = find(key);
  diagnostics_.error(node ? node->at : place(), config_.path, fmt::format("{}: {}", key, message), help);
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
