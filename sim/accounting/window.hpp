#pragma once

#include <algorithm>
#include <optional>

#include "base/units.hpp"

namespace ringtail {

/// The measured part of a simulation. T0 is the last rank's end of the last warm-up step, T1 the last rank's end of the
/// last measured step. Until T0 is known nothing counts: whatever has happened by then lies before it.
struct Window {
  std::optional<Seconds> begin;  ///< T0
  std::optional<Seconds> end;    ///< T1

  /// The part of [from, to] inside the window, as a length.
  [[nodiscard]] Seconds overlap(Seconds from, Seconds to) const {
    if (!begin) return 0;
    const Seconds a = std::max(from, *begin);
    const Seconds b = end ? std::min(to, *end) : to;
    return std::max(0.0, b - a);
  }
};

}  // namespace ringtail
