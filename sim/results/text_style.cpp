#include "results/text_style.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <sstream>

namespace ringtail {
namespace {

constexpr int narrowest = 40;
constexpr std::array<const char*, 9> eighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::array<const char*, 8> heights = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/// Of the 256 colours: Okabe and Ito's palette, as near as they come (jfly.uni-koeln.de/color).
constexpr std::array<int, state_count> colors = {25, 74, 178, 166, 132, 36, 245};

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// Where what follows a line's label begins: after the first run of two spaces or more. Without a label a line goes on
/// two columns further in, a paragraph, and what stands below other text, where it began.
std::size_t hanging_indent(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  const std::size_t gap = line.find("  ", begin);
  const std::size_t end = gap == std::string::npos ? gap : line.find_first_not_of(' ', gap);
  constexpr std::size_t widest_label = 26, narrowest_column = 16;
  if (end != std::string::npos && end <= widest_label) return end;
  return begin == 0 || begin >= narrowest_column ? begin : begin + 2;
}

/// Whether the space at `at` stands between a number and its unit.
bool is_before_unit(const std::string& line, std::size_t at) {
  constexpr std::array<std::string_view, 11> units = {"us", "ms", "s", "%", "k", "M", "B", "kB", "MB", "GB", "TB"};
  if (at == 0 || line[at - 1] < '0' || line[at - 1] > '9') return false;
  const std::size_t end = std::min(line.find_first_of(" ,;:)]", at + 1), line.size());
  return std::find(units.begin(), units.end(), std::string_view(line).substr(at + 1, end - at - 1)) != units.end();
}

/// The last space at which a line may be broken so that what is before it has room; npos if there is none.
std::size_t break_of(const std::string& line, std::size_t width, std::size_t indent) {
  std::size_t at = line.size();
  do at = at == 0 ? std::string::npos : line.rfind(' ', at - 1);
  while (at != std::string::npos && (width_of(line.substr(0, at)) > width || is_before_unit(line, at)));
  return at == std::string::npos || at <= indent ? std::string::npos : at;
}

/// Breaks a line at spaces. One with escape sequences or a table's columns is as wide as it was made.
std::string broken(std::string line, std::size_t width) {
  std::string text;
  if (line.find('\033') != std::string::npos) return line;
  const std::size_t indent = hanging_indent(line);
  while (width_of(line) > width) {
    const std::size_t end = break_of(line, width, indent);
    if (end == std::string::npos) break;
    text += line.substr(0, line.find_last_not_of(' ', end) + 1) + "\n";
    line = std::string(indent, ' ') + line.substr(line.find_first_not_of(' ', end));
  }
  return text + line;
}

}  // namespace

int TextStyle::bar_width() const {
  constexpr int beside = 47;  // A name, a time and a share.
  return is_terminal() ? std::clamp(width - beside - 1, 10, 100) : 30;
}

TextStyle style_of_stdout() {
  TextStyle style;
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return style;
  style.width = size.ws_col == 0 ? 80 : std::max<int>(size.ws_col, narrowest);
  const char* const term = std::getenv("TERM");
  style.color = !is_set("NO_COLOR") && term != nullptr && std::string_view(term) != "dumb";
  return style;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string bar(double fraction, const TextStyle& style) {
  const double columns = std::clamp(fraction, 0.0, 1.0) * style.bar_width();
  std::string text;
  if (!style.is_terminal()) {
    for (long i = std::lround(columns); i > 0; --i) text += "█";
    return text;
  }
  const long parts = std::lround(8 * columns);
  for (long i = parts / 8; i > 0; --i) text += "█";
  return text + eighths[static_cast<std::size_t>(parts % 8)];
}

std::string in_color(const std::string& text, State state, const TextStyle& style) {
  if (!style.color || text.empty()) return text;
  return fmt::format("\033[38;5;{}m{}\033[0m", colors[static_cast<std::size_t>(state)], text);
}

std::string sparkline(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double range = *high - *low;
  const bool is_flat = range <= 1e-6 * std::abs(*high);
  std::string text;
  for (const double value : values)
    text += heights[is_flat ? 3 : static_cast<std::size_t>(std::lround(7 * (value - *low) / range))];
  return text;
}

std::string laid_out(const std::string& text, const TextStyle& style) {
  if (!style.is_terminal()) return text;
  std::istringstream lines(text);
  std::string result;
  bool is_title = true;
  for (std::string line; std::getline(lines, line); is_title = line.empty()) {
    std::string shown = broken(line, static_cast<std::size_t>(style.width));
    if (style.color && is_title && !line.empty() && line.front() != ' ' && line.back() != '.')
      shown = "\033[1m" + shown + "\033[0m";
    result += shown + "\n";
  }
  return result;
}

}  // namespace ringtail
