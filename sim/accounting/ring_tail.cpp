#include "accounting/ring_tail.hpp"

namespace ringtail {

RingTail::RingTail(int ranks, const RingStages& stages, const Window& window)
    : stages_(stages), window_(window), ranks_(static_cast<std::size_t>(ranks)) {}

void RingTail::before(int rank, const Kernel& kernel, Seconds start) {
  Rank& at = ranks_[static_cast<std::size_t>(rank)];
  if (!at.is_open || kernel.stage != stages_.after) return;
  book(rank, State::idle, start, start);
  at.is_open = false;
  if (!window_.begin || start <= *window_.begin || (window_.end && start > *window_.end)) return;
  for (std::size_t i = 0; i < state_count; ++i) seconds_[i] += at.states[i];
  ++tails_;
}

void RingTail::after(int rank, const Kernel& kernel, Seconds end) {
  if (kernel.stage == stages_.of_ring) ranks_[static_cast<std::size_t>(rank)] = {true, end, {}};
}

void RingTail::book(int rank, State state, Seconds from, Seconds to) {
  Rank& at = ranks_[static_cast<std::size_t>(rank)];
  if (!at.is_open) return;
  at.states[static_cast<std::size_t>(State::idle)] += from - at.until;
  at.states[static_cast<std::size_t>(state)] += to - from;
  at.until = to;
}

}  // namespace ringtail
