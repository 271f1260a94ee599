#pragma once

#include <cstdint>

namespace ringtail {

/// Which token of a sequence: those of a step are numbered from 0.
/// Steps before the simulation, which rebalancing looks at, are negative.
struct TokenPosition {
  int step = 0;
  int number = 0;
};

/// More than twice as many as there are steps. A prime, so that the tokens of a sequence differ where choices go round
/// a power of two of experts.
constexpr int token_index_stride = 4194301;

/// The sampler's index of a token: different for all tokens of a sequence, if their numbers are below 500.
[[nodiscard]] constexpr std::uint32_t token_index(int step, int number) {
  return static_cast<std::uint32_t>(step) +
         static_cast<std::uint32_t>(number) * static_cast<std::uint32_t>(token_index_stride);
}

/// a / b rounded down, for steps that may be negative; b > 0.
[[nodiscard]] constexpr int floor_quotient(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

[[nodiscard]] constexpr TokenPosition position_of(std::uint32_t token_index) {
  const int index = static_cast<int>(token_index);  // modulo 2^32
  constexpr int before = token_index_stride / 2;
  const int number = index < -before ? 0 : (index + before) / token_index_stride;
  return {index - number * token_index_stride, number};
}

}  // namespace ringtail
