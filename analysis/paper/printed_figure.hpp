#pragma once

#include <optional>
#include <string>

namespace ringtail {

/// A figure as printed.
struct PrintedFigure {
  double value = 0;
  double unit = 1;  ///< Of its last digit.

  /// Whether a value would be printed so: half a unit either way, a tie in both.
  [[nodiscard]] bool shows(double exact) const;
};

/// "1.30" is 1.3 with a unit of 0.01, "4.9e-4" has one of 1e-5; nothing if the text is no number.
[[nodiscard]] std::optional<PrintedFigure> printed_figure(const std::string& text);

}  // namespace ringtail
