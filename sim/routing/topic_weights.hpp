#pragma once

#include <functional>
#include <span>
#include <vector>

namespace ringtail {

/// Inclusion probabilities of items from their weights.
using InclusionOfWeights = std::function<std::vector<double>(std::span<const double>)>;

/// Weights [topic][item] = b_i · tilts[topic][item], such that the mean over topics of inclusion_of(weights[topic])[i]
/// is inclusion[i], to 1e-6: a mixture of the topics, equally likely, meets the popularity. Each inclusion lies in
/// (0, 1), tilts are positive. docs/decisions/0022-correlated-routing.md derives the iteration for b.
/// Throws UnreachablePopularity if it does not converge: the tilts are too uneven for so popular items.
[[nodiscard]] std::vector<std::vector<double>> topic_weights(std::span<const double> inclusion,
                                                             const std::vector<std::vector<double>>& tilts,
                                                             const InclusionOfWeights& inclusion_of);

}  // namespace ringtail
