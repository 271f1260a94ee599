#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "routing/group_limit.hpp"
#include "routing/random.hpp"
#include "routing/routing_config.hpp"
#include "routing/successive_choice.hpp"

namespace ringtail {

/// What each topic multiplies the weights of a layer's items by: exp(strength · z), z standard normal, drawn for each
/// topic and item.
class TopicTilts {
 public:
  TopicTilts(const Correlation::Topics& topics, const RandomStream& stream) : topics_(topics), stream_(stream) {}

  /// [topic][item]
  [[nodiscard]] std::vector<std::vector<double>> of(int layer, std::size_t items) const;

 private:
  Correlation::Topics topics_;
  RandomStream stream_;
};

/// The tables of one topic, and which popularity rank each of its own ranks is.
struct TopicTables {
  RankTables tables;
  std::vector<std::uint16_t> rank_of;
};

/// Of each topic, the tables of successive sampling; their mixture has the inclusion probabilities, most popular first.
[[nodiscard]] std::vector<TopicTables> topic_tables(std::span<const double> inclusion_by_rank, int k,
                                                    const std::vector<std::vector<double>>& tilts);

/// [topic][expert]: weights of group-limited sampling; the topics' mixture has the inclusion probabilities.
[[nodiscard]] std::vector<std::vector<double>> group_limited_topic_weights(
    std::span<const double> inclusion, const GroupLimit& limit, const std::vector<std::vector<double>>& tilts);

}  // namespace ringtail
