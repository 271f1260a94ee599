#include "routing/balanced_choice.hpp"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>

namespace ringtail {

BalancedChoice::BalancedChoice(int experts, int k, const GroupLimit& limit) : experts_(experts), experts_per_group_(k) {
  if (!limit.binds(k)) return;
  if (k % limit.per_token != 0)
    throw std::invalid_argument(
        fmt::format("balanced: {} experts cannot be shared evenly by {} groups per token", k, limit.per_token));
  groups_ = limit.groups;
  groups_per_token_ = limit.per_token;
  experts_per_group_ = k / limit.per_token;
}

std::vector<std::uint16_t> BalancedChoice::spread_order() const {
  const int size = experts_ / groups_;
  int stride = std::max(1, size / experts_per_group_);
  while (std::gcd(stride, size) != 1) ++stride;
  std::vector<std::uint16_t> order;
  for (int group = 0; group < groups_; ++group)
    for (int i = 0; i < size; ++i)
      order.push_back(static_cast<std::uint16_t>(group * size + static_cast<int>(std::int64_t{i} * stride % size)));
  return order;
}

int BalancedChoice::period() const {
  const int k = experts_per_group_ * groups_per_token_;
  return std::lcm(experts_ / std::gcd(experts_, k), groups_ / std::gcd(groups_, groups_per_token_));
}

void BalancedChoice::draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const {
  const std::uint16_t* const order = &orders_[static_cast<std::size_t>(layer) * static_cast<std::size_t>(experts_)];
  const auto groups = static_cast<std::uint64_t>(groups_);
  const auto size = static_cast<std::uint64_t>(experts_ / groups_);
  const auto each = static_cast<std::uint64_t>(experts_per_group_);
  std::uint16_t* chosen = out.data();
  for (const std::uint32_t sequence : tokens.sequences) {
    const std::uint64_t turn =
        (std::uint64_t{sequence} + tokens.token_index) * static_cast<std::uint64_t>(groups_per_token_);
    for (std::uint64_t n = turn; n < turn + static_cast<std::uint64_t>(groups_per_token_); ++n)
      for (std::uint64_t i = 0; i < each; ++i) *chosen++ = order[n % groups * size + (n / groups * each + i) % size];
  }
}

}  // namespace ringtail
