#include "accounting/overlap.hpp"

#include <algorithm>

namespace ringtail {

OverlapTable::OverlapTable(int ranks, int families, const Window& window)
    : window_(window), ranks_(static_cast<std::size_t>(ranks)), families_(static_cast<std::size_t>(families)) {}

void OverlapTable::post(int rank, const Exchange& exchange, Seconds t) {
  ranks_[static_cast<std::size_t>(rank)].changes.push_back(
      {t, true, exchange.collective, exchange.family, exchange.rounds});
}

void OverlapTable::received(int rank, const Exchange& exchange, Seconds t) {
  ranks_[static_cast<std::size_t>(rank)].changes.push_back(
      {t, false, exchange.collective, exchange.family, exchange.rounds});
}

void OverlapTable::book(int rank, State state, Seconds from, Seconds to) {
  Rank& r = ranks_[static_cast<std::size_t>(rank)];
  Seconds t = from;
  std::size_t done = 0;
  for (; done < r.changes.size() && r.changes[done].time <= to; ++done) {
    const Seconds until = std::max(t, r.changes[done].time);
    share(r, state, t, until);
    apply(r, r.changes[done]);
    t = until;
  }
  r.changes.erase(r.changes.begin(), r.changes.begin() + static_cast<std::ptrdiff_t>(done));
  share(r, state, t, to);
}

void OverlapTable::share(Rank& rank, State state, Seconds from, Seconds to) {
  const auto active = std::count_if(rank.begun.begin(), rank.begun.end(), [](const Begun& b) { return b.is_active; });
  if (active == 0 || to <= from) return;
  const Seconds whole = window_.overlap(from, to);
  const Seconds part = whole / static_cast<double>(active);
  under_way_ += whole;
  for (Begun& begun : rank.begun) {
    if (!begun.is_active) continue;
    OverlapSeconds& family = families_[static_cast<std::size_t>(begun.family)];
    switch (state) {
      case State::compute_bound:
      case State::hbm_bound: family.hidden += part; break;
      case State::overhead: family.overhead += part; break;
      case State::exposed_communication: family.exposed += part; break;
      case State::straggler_wait:
      case State::pipeline_bubble:
      case State::idle: family.waiting += part; break;
    }
    begun.exposed_run = state == State::exposed_communication ? begun.exposed_run + part : 0;
  }
}

void OverlapTable::apply(Rank& rank, const Change& change) {
  auto at = std::find_if(rank.begun.begin(), rank.begun.end(),
                         [&](const Begun& begun) { return begun.collective == change.collective; });
  if (at == rank.begun.end())
    at = rank.begun.insert(at, {change.collective, change.family, change.rounds, change.rounds, false, 0});
  --(change.is_post ? at->posts_left : at->receives_left);
  at->is_active = at->posts_left < change.rounds;
  if (at->posts_left > 0 || at->receives_left > 0) return;
  families_[static_cast<std::size_t>(at->family)].tail += at->exposed_run;
  rank.begun.erase(at);
}

}  // namespace ringtail
