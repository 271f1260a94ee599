#pragma once

#include <span>

#include "decode/layer_traffic.hpp"

namespace ringtail {

/// Probability that at least one of a token's experts, drawn uniformly, is among `held` of them: 1 - C(E-held, k) /
/// C(E, k).
[[nodiscard]] double hit_probability(const Moe& moe, double held);

/// What is expected of a layer in place of a draw, every rank having the same: copies, and touched experts, Σ 1 - (1 -
/// π)^B for the group's B tokens and the inclusion probabilities π. Neither placement nor replicas nor capacity matter.
/// How many tokens visit a GPU or an island at all is that of uniform routing.
[[nodiscard]] LayerTraffic expected_traffic(const DecodeSpec& spec, const TokenMap& map,
                                            std::span<const double> inclusion);

}  // namespace ringtail
