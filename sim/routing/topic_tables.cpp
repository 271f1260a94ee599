#include "routing/topic_tables.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

#include "routing/successive_sampling.hpp"
#include "routing/topic_weights.hpp"

namespace ringtail {
namespace {

/// Probability that integrals give up: below what topic_weights asks for.
constexpr double negligible = 1e-8;

}  // namespace

std::vector<std::vector<double>> TopicTilts::of(int layer, std::size_t items) const {
  std::vector<std::vector<double>> tilts(static_cast<std::size_t>(topics_.count), std::vector<double>(items));
  for (std::size_t topic = 0; topic < tilts.size(); ++topic) {
    for (std::size_t item = 0; item < items; ++item) {
      const double u = open_unit(stream_.block(
          {static_cast<std::uint32_t>(layer), static_cast<std::uint32_t>(topic), static_cast<std::uint32_t>(item), 0}));
      tilts[topic][item] = std::exp(-topics_.strength * std::numbers::sqrt2 * boost::math::erfc_inv(2 * u));
    }
  }
  return tilts;
}

std::vector<TopicTables> topic_tables(std::span<const double> inclusion_by_rank, int k,
                                      const std::vector<std::vector<double>>& tilts) {
  const std::size_t certain = certain_ranks(inclusion_by_rank);
  const int wanted = k - static_cast<int>(certain);
  std::vector<std::vector<double>> open = tilts;
  for (auto& topic : open) topic.erase(topic.begin(), topic.begin() + static_cast<long>(certain));
  if (wanted > 0)
    open = topic_weights(inclusion_by_rank.subspan(certain), open, [&](std::span<const double> weights) {
      return successive_inclusion(weights, wanted, negligible);
    });
  std::vector<TopicTables> result;
  for (const std::vector<double>& weights : open) {
    std::vector<std::uint16_t> rank_of(inclusion_by_rank.size());
    std::iota(rank_of.begin(), rank_of.end(), std::uint16_t{0});
    std::stable_sort(rank_of.begin() + static_cast<long>(certain), rank_of.end(),
                     [&](auto a, auto b) { return weights[a - certain] > weights[b - certain]; });
    std::vector<double> sorted = weights;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    result.push_back({tables_of(wanted > 0 ? sorted : std::vector<double>{}, certain, k), std::move(rank_of)});
  }
  return result;
}

std::vector<std::vector<double>> group_limited_topic_weights(std::span<const double> inclusion, const GroupLimit& limit,
                                                             const std::vector<std::vector<double>>& tilts) {
  const int k = static_cast<int>(std::lround(std::accumulate(inclusion.begin(), inclusion.end(), 0.0)));
  auto weights = topic_weights(
      inclusion, tilts, [&](std::span<const double> of_topic) { return group_limited_inclusion(of_topic, k, limit); });
  for (auto& topic : weights) {
    const double total = std::accumulate(topic.begin(), topic.end(), 0.0);
    for (double& w : topic) w /= total;
  }
  return weights;
}

}  // namespace ringtail
