#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace ringtail {

/// Experts lie in `groups` groups of equally many, in order; a token's are in at most `per_token` of them.
struct GroupLimit {
  int groups = 1;
  int per_token = 1;

  /// Whether it keeps a token of `k` experts from any choice.
  [[nodiscard]] bool binds(int k) const { return per_token < groups && per_token < k; }
};

// Group-limited sampling (docs/decisions/0012-group-limits.md): M = limit.per_token groups are chosen, then one expert
// in each of them, then k - M more of all that the M groups have left, one after the other; experts always in
// proportion to their weights. Group j has the weight W_j = Σ w_e; a set of M groups has the probability that just
// these have been met, given that M have, when candidates come at random times: in proportion to Π (exp(W_j τ) - 1),
// with τ such that M groups are expected.
//
// Everywhere limit.binds(k) holds, limit.groups divides the number of experts, and the groups of a token have at least
// k of them.

/// The sets of M groups, each ascending, in lexicographic order.
[[nodiscard]] std::vector<std::vector<std::uint16_t>> group_sets(const GroupLimit& limit);

/// The probability of each of group_sets().
[[nodiscard]] std::vector<double> group_set_probabilities(std::span<const double> weights, const GroupLimit& limit);

/// The probability of each expert to be among the k taken, to 1e-8.
[[nodiscard]] std::vector<double> group_limited_inclusion(std::span<const double> weights, int k,
                                                          const GroupLimit& limit);

/// The popularity is too uneven for the groups of a token.
class UnreachablePopularity : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Weights, summing to 1, with which expert e is taken with probability inclusion[e], to 1e-7. Each inclusion lies in
/// (0, 1] and their sum is an integer k. Throws UnreachablePopularity if there are none. A group is chosen at least as
/// often as its most popular expert, so over all groups these inclusions cannot sum to more than per_token.
[[nodiscard]] std::vector<double> group_limited_weights(std::span<const double> inclusion, const GroupLimit& limit);

}  // namespace ringtail
