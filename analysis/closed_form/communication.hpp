#pragma once

#include "base/units.hpp"

/// Times of collectives. The paper names ring and all-to-all costs, windows and a ring's tail without formulas that
/// survive in the copy at hand: all of this file is a reconstruction from the textbook forms (Thakur, Rabenseifner and
/// Gropp, "Optimization of Collective Communication Operations in MPICH", 2005; Liu, Zaharia and Abbeel, "Ring
/// Attention", arXiv:2310.01889).
namespace ringtail::closed_form {

/// What one message needs: latency + bytes / bandwidth.
struct Link {
  Seconds latency = 0;
  BytesPerSecond bandwidth = 0;

  [[nodiscard]] Seconds time(Bytes bytes) const { return latency + bytes / bandwidth; }
};

/// Ring all-gather or reduce-scatter of `bytes` in all over `ranks`: N-1 messages of bytes / N.
[[nodiscard]] Seconds ring_gather(int ranks, Bytes bytes, const Link& link);

/// Ring all-reduce of `bytes` on each rank: reduce-scatter and all-gather, 2 (N-1) messages of bytes / N.
[[nodiscard]] Seconds ring_all_reduce(int ranks, Bytes bytes, const Link& link);

/// Where a group's peers are: `inside` of its `ranks` on one island, the rank itself included.
struct Spread {
  int ranks = 1;
  int inside = 1;
};

/// All-to-all in which each rank sends `bytes`, an equal part to each of the `ranks` (its own stays at home). What
/// stays on the island and what goes over the fabric flow side by side; the slower counts.
[[nodiscard]] Seconds all_to_all(const Spread& spread, Bytes bytes, const Link& island, const Link& fabric);

/// All-gather or reduce-scatter of `bytes` in all in one round, each rank sending bytes / N to every other.
[[nodiscard]] Seconds direct_gather(const Spread& spread, Bytes bytes, const Link& island, const Link& fabric);

/// What of a collective is exposed beyond a window of other work that it may run beside.
[[nodiscard]] Seconds exposed(Seconds communication, Seconds window);

/// Context parallelism with a ring: in each of `ranks` rounds a rank attends to one block for `block` seconds while the
/// next block (or query) is on its way for `hop` seconds. Exposed are the parts of the N-1 hops that stick out of their
/// blocks, and the tail.
struct RingAttention {
  Seconds hops = 0;  ///< (N-1) max(0, hop - block).
  Seconds tail = 0;  ///< Passing queries, partial results go home after the last block: one hop that nothing hides.

  [[nodiscard]] Seconds exposed() const { return hops + tail; }
};

[[nodiscard]] RingAttention ring_attention(int ranks, Seconds hop, Seconds block, bool passes_queries);

}  // namespace ringtail::closed_form
