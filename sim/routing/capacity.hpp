#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ringtail {

/// Stands for the expert of a copy that was dropped.
constexpr std::uint16_t dropped_expert = 0xFFFF;

/// The tokens that an expert takes at most: ceil(factor · tokens · k / experts), as in Switch transformers
/// (arXiv:2101.03961, equation 3; there k = 1) and GShard (arXiv:2006.16668, section 2.2).
[[nodiscard]] int expert_capacity(double factor, std::size_t tokens, int experts_per_token, int experts);

/// Replaces by dropped_expert what comes to an expert beyond its capacity, in the order of tokens, and of a token's
/// choices; returns how many those are. Of a token that loses all its copies only the residual connection is left.
int drop_beyond(int capacity, int experts, std::span<std::uint16_t> chosen);

}  // namespace ringtail
