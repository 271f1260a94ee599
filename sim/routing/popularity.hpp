#pragma once

#include <vector>

#include "routing/routing_config.hpp"

namespace ringtail {

/// The largest Zipf exponent with which `experts_per_token` = k distinct experts can be drawn: the α with
/// Σ_{r=1..experts} r^-α = k, at which the most popular expert is in every token. Infinite for k = 1.
[[nodiscard]] double max_zipf_exponent(int experts, int experts_per_token);

/// Inclusion probabilities π_r = k·c_r / Σc by popularity rank, most popular first, where c_r = 1 (uniform) or r^-α
/// (Zipf). They sum to k. Throws std::invalid_argument if a π would exceed 1 (it names the largest α that works), if
/// α < 0, or unless 1 ≤ k ≤ experts.
[[nodiscard]] std::vector<double> inclusion_by_rank(const Popularity& popularity, int experts, int experts_per_token);

}  // namespace ringtail
