#include "accounting/breakdown.hpp"

#include <algorithm>

namespace ringtail {

Breakdown::Breakdown(int ranks, const Window& window)
    : window_(window), seconds_(static_cast<std::size_t>(ranks)), booked_until_(static_cast<std::size_t>(ranks)) {}

void Breakdown::book(int rank, State state, Seconds from, Seconds to) {
  const auto r = static_cast<std::size_t>(rank);
  seconds_[r][static_cast<std::size_t>(State::idle)] += window_.overlap(booked_until_[r], from);
  seconds_[r][static_cast<std::size_t>(state)] += window_.overlap(from, to);
  booked_until_[r] = std::max(booked_until_[r], to);
}

bool Breakdown::complete() const {
  return window_.end &&
         std::all_of(booked_until_.begin(), booked_until_.end(), [&](Seconds t) { return t >= *window_.end; });
}

}  // namespace ringtail
