#pragma once

#include <cstdint>

namespace ringtail {

/// Which token of a sequence: those of a step are numbered from 0.
struct TokenPosition {
  std::uint32_t step = 0;
  std::uint32_t number = 0;
};

/// More than there are steps. A prime, so that the tokens of a sequence differ where choices go round a power of two of
/// experts.
constexpr std::uint32_t token_index_stride = 4194301;

/// The sampler's index of a token: different for all tokens of a sequence.
[[nodiscard]] constexpr std::uint32_t token_index(int step, int number) {
  return static_cast<std::uint32_t>(step) + static_cast<std::uint32_t>(number) * token_index_stride;
}

[[nodiscard]] constexpr TokenPosition position_of(std::uint32_t token_index) {
  return {token_index % token_index_stride, token_index / token_index_stride};
}

}  // namespace ringtail
