#include "simulation/ledger_text.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace ringtail {

std::string bytes_text(Bytes bytes) {
  constexpr std::array<const char*, 5> units = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  double value = bytes;
  while (std::abs(value) >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = unit == 0 || std::abs(value) >= 99.95 ? 0 : std::abs(value) >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

std::string ledger_text(const Ledger& ledger, bool narrow) {
  std::string text;
  const auto line = [&](std::string_view name, Bytes bytes) {
    std::string words(name);
    for (char& c : words)
      if (c == '_') c = ' ';
    const double percent = 100 * bytes / ledger.capacity;
    text += narrow ? fmt::format(" {:<21} {:>9} {:5.1f} %\n", words, bytes_text(bytes), percent)
                   : fmt::format("  {:<22} {:>9}  {:5.1f} %\n", words, bytes_text(bytes), percent);
  };
  for (const LedgerLine& entry : ledger.lines)
    if (entry.bytes > 0) line(entry.name, entry.bytes);
  line(ledger.fits() ? "free" : "missing", std::abs(ledger.free()));
  line("capacity", ledger.capacity);
  return text;
}

}  // namespace ringtail
