#include "config/source_map.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/text.hpp"

namespace ringtail {

namespace {

/// Line number `line`, without its end; empty if there is none.
std::string_view line_of(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

/// The characters of a line.
std::vector<std::string_view> characters(std::string_view line) {
  std::vector<std::string_view> result;
  while (!line.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8_length(line, 0), 1);
    result.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
  return result;
}

/// Characters in front of a byte: those bytes that do not continue a character.
auto characters_before(std::string_view line, int byte) {
  const auto before = line.substr(0, static_cast<std::size_t>(byte));
  return std::count_if(before.begin(), before.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

/// The line and below it `^~~~`. Of a long line, only the part around the caret.
std::string excerpt(std::string_view line, const Location& location) {
  constexpr std::size_t margin = 60;         // characters shown on either side of the caret
  constexpr std::size_t bytes = 4 * margin;  // which hold at least as many characters
  const std::size_t caret = std::min(static_cast<std::size_t>(location.column - 1), line.size());
  const std::size_t begin = caret > bytes ? caret - bytes : 0;
  const auto before = characters(line.substr(begin, caret - begin));
  const auto after = characters(line.substr(caret, bytes));
  const std::size_t kept_before = std::min(before.size(), margin);
  const std::size_t kept_after = std::min(after.size(), margin);
  const bool cut_before = begin > 0 || kept_before < before.size();
  const bool cut_after = caret + bytes < line.size() || kept_after < after.size();
  std::string shown = cut_before ? "…" : "";
  for (std::size_t i = before.size() - kept_before; i < before.size(); ++i) shown += printable(before[i]);
  for (std::size_t i = 0; i < kept_after; ++i) shown += printable(after[i]);
  if (cut_after) shown += "…";
  const auto marked = characters(line.substr(caret, std::min(static_cast<std::size_t>(location.width), bytes))).size();
  return fmt::format("  {}\n  {}^{}\n", shown, std::string(kept_before + (cut_before ? 1 : 0), ' '),
                     std::string(std::max<std::size_t>(std::min(marked, kept_after), 1) - 1, '~'));
}

/// "file:line:column", as far as there are any.
std::string place_text(const Source& source, const Location& location, std::string_view line) {
  std::string name = printable(source.name);
  if (location.line == 0 || source.is_override) return name;
  return fmt::format("{}:{}:{}", name, location.line, characters_before(line, location.column - 1) + 1);
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string result;
  while (!text.empty()) {
    const auto end = text.find('\n');
    result += fmt::format("{}{}\n", indent, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return result;
}

}  // namespace

Source command_line_source(std::string option) { return {"set on the command line", std::move(option), true}; }

int SourceMap::add(Source source) {
  sources_.push_back(std::move(source));
  return static_cast<int>(sources_.size()) - 1;
}

SourceMap SourceMap::texts() const {
  SourceMap result;
  result.sources_ = sources_;
  return result;
}

Location SourceMap::find(std::string_view path) const {
  for (;;) {
    if (const auto field = fields_.find(path); field != fields_.end()) return field->second;
    if (path.empty()) return {};
    const auto dot = path.rfind('.');
    path = path.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
}

std::optional<Location> SourceMap::given(std::string_view path) const {
  const auto field = fields_.find(path);
  return field == fields_.end() ? std::nullopt : std::optional(field->second);
}

std::vector<Note> SourceMap::notes(std::string_view path, const std::vector<std::string>& others) const {
  std::vector<std::pair<int, int>> shown;
  const auto is_new = [&](const Location& at) {
    const std::pair line{at.source, at.line};
    if (std::find(shown.begin(), shown.end(), line) != shown.end()) return false;
    shown.push_back(line);
    return true;
  };
  is_new(find(path));
  std::vector<Note> result;
  for (const std::string& other : others) {
    const auto at = given(other);
    if (at && is_new(*at)) result.push_back({*at, other + " is given here"});
  }
  return result;
}

std::string SourceMap::diagnostic_at(std::string_view path, std::string_view message, std::string_view help) const {
  return diagnostic_at(find(path), message, help);
}

std::string SourceMap::headline(const Location& location, std::string_view kind, std::string_view message) const {
  std::string result = fmt::format("{}: {}\n", kind, message);
  if (location.source < 0) return result;
  const Source& text = source(location.source);
  const auto line = line_of(text.text, location.line);
  result = place_text(text, location, line) + ": " + result;
  if (location.line > 0 && !line.empty()) result += excerpt(line, location);
  return result;
}

std::string SourceMap::diagnostic_at(const Location& location, std::string_view message, std::string_view help,
                                     const std::vector<Note>& notes) const {
  const auto end = std::min(message.find('\n'), message.size());
  std::string result = headline(location, "error", message.substr(0, end));
  if (end < message.size()) result += indented(message.substr(end + 1), "  ");
  for (const Note& note : notes) result += headline(note.at, "note", note.message);
  if (!help.empty()) {
    const auto help_end = std::min(help.find('\n'), help.size());
    result += fmt::format("help: {}\n", help.substr(0, help_end));
    if (help_end < help.size()) result += indented(help.substr(help_end + 1), "      ");
  }
  return result;
}

}  // namespace ringtail
