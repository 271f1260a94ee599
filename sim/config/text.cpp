#include "config/text.hpp"

#include <fmt/format.h>

namespace ringtail {

namespace {

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

}  // namespace

// The Unicode Standard, table 3-7: well-formed UTF-8 byte sequences.
std::size_t utf8_length(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return offset + i < text.size() ? static_cast<unsigned char>(text[offset + i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const unsigned first = byte(0);
  if (offset >= text.size()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::optional<TextFlaw> find_text_flaw(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const auto byte = static_cast<unsigned char>(text[offset]);
    if (is_control(text[offset]))
      return TextFlaw{offset, fmt::format("control character 0x{:02X} in a text file", byte)};
    const std::size_t length = utf8_length(text, offset);
    if (length == 0) return TextFlaw{offset, fmt::format("byte 0x{:02X} is not UTF-8", byte)};
    offset += length;
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t length = utf8_length(text, offset);
    const char c = text[offset];
    if (c == '\t')
      result += ' ';
    else if (length == 0 || is_control(c) || c == '\n' || c == '\r')
      result += "\uFFFD";
    else
      result += text.substr(offset, length);
    offset += length == 0 ? 1 : length;
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t max_characters = 60;
  std::size_t end = 0;
  for (std::size_t n = 0; n < max_characters && end < text.size(); ++n) {
    const std::size_t length = utf8_length(text, end);
    end += length == 0 ? 1 : length;
  }
  return "'" + printable(text.substr(0, end)) + (end < text.size() ? "…'" : "'");
}

}  // namespace ringtail
