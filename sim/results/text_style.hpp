#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounting/breakdown.hpp"

namespace ringtail {

/// How text for people is drawn. As it is constructed: for pipes and files, always the same.
struct TextStyle {
  int width = 0;  ///< Columns of the terminal; 0: there is none, and lines are as long as they get.
  bool color = false;

  [[nodiscard]] bool is_terminal() const { return width > 0; }
  /// Whether there is no room for bars, nor for the gaps between columns.
  [[nodiscard]] bool is_narrow() const { return is_terminal() && width < 58; }
  /// Columns that a bar may have beside what stands before it: 30 unless the terminal has other room.
  [[nodiscard]] int bar_width() const;
};

/// The style for stdout: a terminal's width and colours if it is one. NO_COLOR (no-color.org) and TERM=dumb are heeded.
[[nodiscard]] TextStyle style_of_stdout();

/// Columns that a text without escape sequences takes: one for each character of UTF-8.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// A bar of `fraction` of the style's bar width, in steps of an eighth of a column on terminals.
[[nodiscard]] std::string bar(double fraction, const TextStyle& style);

/// The text in the colour of a state, from a palette that is told apart without red and green.
[[nodiscard]] std::string in_color(const std::string& text, State state, const TextStyle& style);

/// A column of an eighth to a whole of its height for each value, lowest to highest: "▁▅█". Of values that hardly
/// differ from each other, by less than 1e-6 of the largest, all are in the middle.
[[nodiscard]] std::string sparkline(const std::vector<double>& values);

/// On a terminal: titles in bold if it has colours, and lines broken that are too long for it.
[[nodiscard]] std::string laid_out(const std::string& text, const TextStyle& style);

}  // namespace ringtail
