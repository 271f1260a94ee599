#pragma once

#include <algorithm>
#include <cstddef>

#include "program/exchange.hpp"

namespace ringtail {

/// The member index of a rank in an exchange that it belongs to.
inline std::size_t member_of(const Exchange& exchange, int rank) {
  const auto guess = static_cast<std::size_t>(rank - exchange.ranks.front());  // Right where ranks have no gap.
  if (guess < exchange.ranks.size() && exchange.ranks[guess] == rank) return guess;
  const auto at = std::lower_bound(exchange.ranks.begin(), exchange.ranks.end(), rank);
  return static_cast<std::size_t>(at - exchange.ranks.begin());
}

}  // namespace ringtail
