#include "results/figures.hpp"

#include <fmt/format.h>

namespace ringtail {

std::string time_text(Seconds seconds) {
  if (seconds >= 1) return fmt::format("{:.3f} s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.3f} ms", seconds * 1e3);
  return fmt::format("{:.2f} us", seconds * 1e6);
}

std::string rate_text(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.2f} M", per_second / 1e6);
  if (per_second >= 1e4) return fmt::format("{:.1f} k", per_second / 1e3);
  return fmt::format("{:.4g}", per_second);
}

std::string half_width_text(double fraction) {
  const double percent = 100 * fraction;
  if (percent < 1e-6) return "± 0 %";  // Below is rounding.
  return percent < 99.5 ? fmt::format("± {:.2g} %", percent) : fmt::format("± {:.0f} %", percent);
}

}  // namespace ringtail
