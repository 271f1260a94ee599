#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace ringtail {

/// Half the width of the 95 % Student-t interval of the mean, relative to the mean. Nothing for a single value, or a
/// mean of 0.
[[nodiscard]] std::optional<double> relative_half_width(std::span<const double> replications);

/// The smallest number of first replications, `least` or more, whose relative half-width is at most `precision`: where
/// a sequential procedure stops (Law and Kelton, Simulation Modeling and Analysis, 9.4.1). Nothing if there is none.
/// `least` must be 2 or more.
[[nodiscard]] std::optional<std::size_t> replications_needed(std::span<const double> replications, std::size_t least,
                                                             double precision);

}  // namespace ringtail
