#include "routing/capacity.hpp"

#include <cmath>
#include <stdexcept>
#include <vector>

namespace ringtail {

int expert_capacity(double factor, std::size_t tokens, int experts_per_token, int experts) {
  const double even = static_cast<double>(tokens) * experts_per_token / experts;
  // No expert can get more than all tokens, so an int holds the result.
  return static_cast<int>(std::min(std::ceil(factor * even), static_cast<double>(tokens)));
}

int drop_beyond(int capacity, int experts, std::span<std::uint16_t> chosen) {
  if (experts > dropped_expert) throw std::invalid_argument("capacity is for at most 65535 experts");
  std::vector<int> room(static_cast<std::size_t>(experts), capacity);
  int dropped = 0;
  for (std::uint16_t& expert : chosen) {
    if (--room[expert] >= 0) continue;
    expert = dropped_expert;
    ++dropped;
  }
  return dropped;
}

}  // namespace ringtail
