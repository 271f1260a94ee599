#include "paper/printed_figure.hpp"

#include <charconv>
#include <cmath>

namespace ringtail {

bool PrintedFigure::shows(double exact) const { return std::abs(exact - value) <= 0.5 * unit + 1e-9 * std::abs(value); }

std::optional<PrintedFigure> printed_figure(const std::string& text) {
  PrintedFigure figure;
  const char* const end = text.data() + text.size();
  if (const auto [last, error] = std::from_chars(text.data(), end, figure.value); error != std::errc{} || last != end)
    return std::nullopt;
  const std::size_t exponent = text.find('e');
  const std::size_t point = text.find('.');
  int power = exponent == std::string::npos ? 0 : std::stoi(text.substr(exponent + 1));
  if (point != std::string::npos) power -= static_cast<int>(std::min(exponent, text.size()) - point - 1);
  figure.unit = std::pow(10, power);
  return figure;
}

}  // namespace ringtail
