#include "routing/layer_popularity.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

#include "routing/popularity.hpp"
#include "routing/successive_sampling.hpp"

namespace ringtail {
namespace {

using Kind = Popularity::Kind;

/// Weights must be positive, so an expert that is never chosen is chosen this often.
constexpr double least_inclusion = 1e-9;

}  // namespace

LayerPopularity::LayerPopularity(const Routing& routing, int experts, int experts_per_token, std::uint64_t seed,
                                 int replication)
    : popularity_(routing.popularity),
      experts_(experts),
      k_(experts_per_token),
      permute_(routing.permute),
      order_(seed, routing.redraw ? replication : 0, "expert_permutation"),
      shares_(seed, routing.redraw ? replication : 0, "popularity") {}

LayerPopularity::Order LayerPopularity::order(int layer) const {
  Order order(static_cast<std::size_t>(experts_));
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  if (popularity_.kind == Kind::counts) {
    const std::vector<double>& counts = popularity_.counts.counts[static_cast<std::size_t>(layer)];
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return counts[a] > counts[b]; });
  } else if (permute_) {
    shuffle(std::span(order), order_, static_cast<std::uint32_t>(layer));
  }
  return order;
}

std::vector<double> LayerPopularity::values(int layer) const {
  std::vector<double> values;
  if (popularity_.kind == Kind::counts) {
    std::vector<double> counts = popularity_.counts.counts[static_cast<std::size_t>(layer)];
    std::sort(counts.begin(), counts.end(), std::greater<>());
    values = inclusion_of(counts, k_);
  } else if (gives_weights()) {
    return zipf_shares(experts_, popularity_.zipf_weights);
  } else if (differs_between_layers(popularity_.kind)) {
    values = inclusion_of(drawn_shares(popularity_, experts_, shares_, layer), k_);
  } else {
    values = inclusion_by_rank(popularity_, experts_, k_);
  }
  return lifted(std::move(values));
}

std::vector<double> LayerPopularity::inclusion(int layer) const {
  std::vector<double> result = values(layer);
  if (!gives_weights()) return result;
  if (k_ == experts_) return std::vector<double>(result.size(), 1.0);
  return successive_inclusion(result, k_);
}

/// None below least_inclusion; those that are not certain make up for it, so that the sum stays k.
std::vector<double> LayerPopularity::lifted(std::vector<double> inclusion) const {
  if (inclusion.back() >= least_inclusion) return inclusion;
  const auto open = std::find_if(inclusion.begin(), inclusion.end(), [](double pi) { return pi < 1; });
  double sum = 0;
  for (auto pi = open; pi != inclusion.end(); ++pi) sum += * pi = std::max(*pi, least_inclusion);
  const double wanted = k_ - static_cast<double>(open - inclusion.begin());
  if (wanted > 0)
    for (auto pi = open; pi != inclusion.end(); ++pi) *pi *= wanted / sum;
  return inclusion;
}

}  // namespace ringtail
