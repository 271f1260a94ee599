#pragma once

#include <span>
#include <vector>

namespace ringtail {

// Successive sampling (Plackett–Luce): k times take one of the experts not taken yet, each with probability in
// proportion to its weight. It is what a top-k router does whose logits are log weights plus Gumbel noise.
// docs/decisions/0002-routing-draws.md says why this design was chosen and how the weights are found.

// Everywhere `weights` are positive, of any scale, and 1 ≤ k < weights.size().

constexpr double negligible_probability = 1e-13;

/// The probability of each item to be among the k taken, but for a `negligible` part.
[[nodiscard]] std::vector<double> successive_inclusion(std::span<const double> weights, int k,
                                                       double negligible = negligible_probability);

/// How many candidates, drawn with replacement in proportion to `weights`, it takes on average to see k different
/// items.
[[nodiscard]] double expected_candidates(std::span<const double> weights, int k);

/// Whether these are more than `limit`; mostly without integrating.
[[nodiscard]] bool needs_more_candidates(std::span<const double> weights, int k, double limit);

/// Weights, summing to 1, with which successive sampling of k = Σ inclusion items takes item i with probability
/// inclusion[i]; met to 1e-9. Each inclusion lies in (0, 1) and their sum is an integer k ≥ 1 (to 1e-6).
/// Throws std::runtime_error if the iteration does not converge.
[[nodiscard]] std::vector<double> successive_weights(std::span<const double> inclusion);

}  // namespace ringtail
