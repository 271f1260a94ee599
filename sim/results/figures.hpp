#pragma once

#include <string>

#include "base/units.hpp"

namespace ringtail {

/// A time with a unit and about four digits: "18.42 ms".
[[nodiscard]] std::string time_text(Seconds seconds);

/// A rate without unit and about four digits: "143.8 k".
[[nodiscard]] std::string rate_text(double per_second);

/// Half of a 95 % interval, as a fraction of the mean: "± 1.2 %".
[[nodiscard]] std::string half_width_text(double fraction);

}  // namespace ringtail
