#include "closed_form/communication.hpp"

#include <algorithm>

namespace ringtail::closed_form {

Seconds ring_gather(int ranks, Bytes bytes, const Link& link) { return (ranks - 1) * link.time(bytes / ranks); }

Seconds ring_all_reduce(int ranks, Bytes bytes, const Link& link) { return 2 * ring_gather(ranks, bytes, link); }

Seconds all_to_all(const Spread& spread, Bytes bytes, const Link& island, const Link& fabric) {
  const auto to = [&](int peers, const Link& link) { return peers > 0 ? link.time(bytes * peers / spread.ranks) : 0; };
  return std::max(to(spread.inside - 1, island), to(spread.ranks - spread.inside, fabric));
}

Seconds direct_gather(const Spread& spread, Bytes bytes, const Link& island, const Link& fabric) {
  return all_to_all(spread, bytes, island, fabric);  // To each peer an N-th, here of everything rather than of its own.
}

Seconds exposed(Seconds communication, Seconds window) { return std::max(0.0, communication - window); }

RingAttention ring_attention(int ranks, Seconds hop, Seconds block, bool passes_queries) {
  return {.hops = (ranks - 1) * std::max(0.0, hop - block), .tail = passes_queries && ranks > 1 ? hop : 0};
}

}  // namespace ringtail::closed_form
