#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Text as users gave it, which may be anything.
namespace ringtail {

/// The first thing that has no place in a text file: a byte that is not UTF-8, or a control character.
struct TextFlaw {
  std::size_t offset = 0;
  std::string message;
};
[[nodiscard]] std::optional<TextFlaw> find_text_flaw(std::string_view text);

/// Bytes of the UTF-8 character that begins at `offset`; 0 if there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text, std::size_t offset);

/// The text with control characters and bytes that are not UTF-8 replaced, fit for a terminal: tabs become spaces, the
/// rest U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

/// The text in single quotes, printable and cut to 60 characters.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace ringtail
