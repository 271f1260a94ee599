#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "routing/random.hpp"
#include "routing/routing_config.hpp"

namespace ringtail {

/// The largest Zipf exponent with which `experts_per_token` = k distinct experts can be drawn: the α with
/// Σ_{r=1..experts} r^-α = k, at which the most popular expert is in every token. Infinite for k = 1.
[[nodiscard]] double max_zipf_exponent(int experts, int experts_per_token);

/// min(1, λ c_e) with the λ that makes them sum to k: inclusion probabilities in proportion to `shares` c as far as
/// none exceeds 1. Throws std::invalid_argument unless at least k shares are positive and none is negative.
[[nodiscard]] std::vector<double> inclusion_of(std::span<const double> shares, int experts_per_token);

/// Inclusion probabilities π_r = k·c_r / Σc by popularity rank, most popular first, where c_r = 1 (uniform, balanced)
/// or r^-α (Zipf). They sum to k. Throws std::invalid_argument if a π would exceed 1 (it names the largest α that
/// works), if α < 0, unless 1 ≤ k ≤ experts, or for another kind of popularity.
[[nodiscard]] std::vector<double> inclusion_by_rank(const Popularity& popularity, int experts, int experts_per_token);

/// r^-α by popularity rank.
[[nodiscard]] std::vector<double> zipf_shares(int experts, double alpha);

/// Shares of experts, most popular first, that are drawn for a layer: exp(σ·z) with a standard normal z each
/// (lognormal), or gamma variates of shape α, which divided by their sum are a symmetric Dirichlet's. Each is the
/// distribution's quantile at a number of `stream`.
[[nodiscard]] std::vector<double> drawn_shares(const Popularity& popularity, int experts, const RandomStream& stream,
                                               int layer);

/// Whether each layer has a popularity of its own, not only an order of its own.
[[nodiscard]] constexpr bool differs_between_layers(Popularity::Kind kind) {
  return kind == Popularity::Kind::lognormal || kind == Popularity::Kind::dirichlet || kind == Popularity::Kind::counts;
}

}  // namespace ringtail
