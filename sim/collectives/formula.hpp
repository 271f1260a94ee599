#pragma once

#include "collectives/estimate.hpp"

namespace ringtail {

/// Times of collectives as closed forms have them: all ranks begin together, send equal parts, and nothing is on a link
/// but what a rank sends itself; of the fabric they know NICs and latency. The textbook's formulas (Thakur,
/// Rabenseifner and Gropp, "Optimization of Collective Communication Operations in MPICH", 2005), written a second time
/// in analysis/closed_form. 0 for a single rank, or if there is nothing to send.

/// All-gather or reduce-scatter of `bytes` in all, by a ring or in one round to everyone, whichever is faster. An
/// all-reduce takes twice as long.
[[nodiscard]] Seconds formula_gather(Bytes bytes, const Group& group);

/// All-to-all in which each rank has `bytes`, an equal part for each rank, its own stays at home. What stays on the
/// island and what leaves it flow side by side.
[[nodiscard]] Seconds formula_exchange(Bytes bytes, const Group& group);

/// One hop of a ring: each rank sends `bytes` to the next.
[[nodiscard]] Seconds formula_hop(Bytes bytes, const Group& group);

}  // namespace ringtail
