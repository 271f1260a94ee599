#pragma once

#include "base/units.hpp"

namespace ringtail {

/// What a SimGrid model answers when it has no event to come.
inline constexpr double no_event = -1.0;

/// True if an event at `t` belongs to SimGrid's instant `now`. SimGrid sums its clock up from intervals, so it may miss
/// the exact time of an event by some units in the last place; Ringtail's models keep exact times of their own. 1e-14
/// is 45 such units: far more than one addition can lose, far less than any interval that matters.
inline bool is_due(Seconds t, Seconds now) { return t <= now * (1.0 + 1e-14); }

}  // namespace ringtail
