#include "routing/expert_sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "base/for_each_index.hpp"
#include "routing/balanced_choice.hpp"
#include "routing/group_limited_choice.hpp"
#include "routing/layer_popularity.hpp"
#include "routing/popularity.hpp"
#include "routing/successive_choice.hpp"
#include "routing/successive_sampling.hpp"
#include "routing/topic_tables.hpp"
#include "routing/trace_choice.hpp"

namespace ringtail {
namespace {

using Kind = Popularity::Kind;
using Shape = ExpertSampler::Shape;
using Order = LayerPopularity::Order;

constexpr int max_experts = std::numeric_limits<std::uint16_t>::max() + 1;
/// The choice of experts, and their inclusion probabilities: [layer][expert].
struct Choice {
  std::shared_ptr<const ExpertChoice> choice;
  std::vector<double> inclusion;

  void add(const Order& order, std::span<const double> by_rank) {
    const std::size_t row = inclusion.size();
    inclusion.resize(row + order.size());
    for (std::size_t rank = 0; rank < order.size(); ++rank) inclusion[row + order[rank]] = by_rank[rank];
  }
};

/// The order with the experts of a group together, groups in the order of their first experts.
Order by_group(const Order& order, const GroupLimit& limit) {
  const std::size_t size = order.size() / static_cast<std::size_t>(limit.groups);
  std::vector<Order> groups(static_cast<std::size_t>(limit.groups));
  std::vector<std::size_t> met;
  for (const std::uint16_t expert : order) {
    if (groups[expert / size].empty()) met.push_back(expert / size);
    groups[expert / size].push_back(expert);
  }
  Order result;
  for (const std::size_t group : met) result.insert(result.end(), groups[group].begin(), groups[group].end());
  return result;
}

Choice balanced_choice(const Shape& shape, bool permute, const LayerPopularity& popularity) {
  auto choice = std::make_shared<BalancedChoice>(shape.experts, shape.experts_per_token, shape.limit);
  const bool limited = shape.limit.binds(shape.experts_per_token);
  Choice result;
  for (int layer = 0; layer < shape.layers; ++layer) {
    const Order order = permute ? popularity.order(layer) : choice->spread_order();
    choice->add_layer(limited ? by_group(order, shape.limit) : order);
    result.add(order, popularity.values(layer));
  }
  result.choice = std::move(choice);
  return result;
}

Choice successive_choice(const Shape& shape, Kind kind, const RandomStream& stream, const LayerPopularity& popularity) {
  const int k = shape.experts_per_token;
  auto choice = std::make_shared<SuccessiveChoice>(stream, shape.experts, k);
  Choice result;
  std::vector<double> values;
  RankTables tables;
  for (int layer = 0; layer < shape.layers; ++layer) {
    if (layer == 0 || differs_between_layers(kind)) {
      values = popularity.values(layer);
      tables = popularity.gives_weights() ? weighted_tables(values, k) : calibrated_tables(values, k);
      if (popularity.gives_weights()) values = popularity.inclusion(layer);
    }
    const Order order = popularity.order(layer);
    choice->add_layer(tables, order);
    result.add(order, values);
  }
  result.choice = std::move(choice);
  return result;
}

/// Of the experts in order of their numbers.
std::vector<double> by_expert(const Order& order, std::span<const double> by_rank) {
  std::vector<double> values(by_rank.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) values[order[rank]] = by_rank[rank];
  return values;
}

/// Of a layer: weights [topic][expert], and the inclusion probabilities that they meet, mean over topics.
struct LayerWeights {
  std::vector<std::vector<double>> weights;
  std::vector<double> inclusion;
};

/// Layers' weights take milliseconds each.
Choice group_limited_choice(const Shape& shape, const RandomStream& stream, int topics,
                            const std::function<LayerWeights(int layer)>& weights_of) {
  std::vector<LayerWeights> layers(static_cast<std::size_t>(shape.layers));
  for_each_index(layers.size(), [&](std::size_t layer) { layers[layer] = weights_of(static_cast<int>(layer)); });
  auto choice =
      std::make_shared<GroupLimitedChoice>(stream, shape.experts, shape.experts_per_token, shape.limit, topics);
  Choice result;
  for (const LayerWeights& layer : layers) {
    for (const std::vector<double>& weights : layer.weights) choice->add_layer(weights);
    result.inclusion.insert(result.inclusion.end(), layer.inclusion.begin(), layer.inclusion.end());
  }
  result.choice = std::move(choice);
  return result;
}

Choice group_limited_choice(const Shape& shape, const RandomStream& stream, const LayerPopularity& popularity) {
  return group_limited_choice(shape, stream, 1, [&](int layer) -> LayerWeights {
    std::vector<double> values = by_expert(popularity.order(layer), popularity.values(layer));
    if (popularity.gives_weights())
      return {{values}, group_limited_inclusion(values, shape.experts_per_token, shape.limit)};
    return {{group_limited_weights(values, shape.limit)}, values};
  });
}

/// The two above with topics.
Choice successive_topics(const Shape& shape, Kind kind, const RandomStream& stream, const LayerPopularity& popularity,
                         int topics, const TopicTilts& tilts) {
  const int k = shape.experts_per_token;
  auto choice = std::make_shared<SuccessiveChoice>(stream, shape.experts, k, topics);
  Choice result;
  std::vector<double> values;
  std::vector<TopicTables> tables;
  for (int layer = 0; layer < shape.layers; ++layer) {
    if (layer == 0 || differs_between_layers(kind)) {
      values = popularity.inclusion(layer);
      tables = topic_tables(values, k, tilts.of(layer, values.size()));
    }
    const Order order = popularity.order(layer);
    for (const TopicTables& topic : tables) {
      Order expert_of_rank;
      for (const std::uint16_t rank : topic.rank_of) expert_of_rank.push_back(order[rank]);
      choice->add_layer(topic.tables, expert_of_rank);
    }
    result.add(order, values);
  }
  result.choice = std::move(choice);
  return result;
}

Choice group_limited_topics(const Shape& shape, const RandomStream& stream, const LayerPopularity& popularity,
                            int topics, const TopicTilts& tilts) {
  return group_limited_choice(shape, stream, topics, [&](int layer) -> LayerWeights {
    std::vector<double> values = by_expert(popularity.order(layer), popularity.values(layer));
    if (popularity.gives_weights()) values = group_limited_inclusion(values, shape.experts_per_token, shape.limit);
    return {group_limited_topic_weights(values, shape.limit, tilts.of(layer, values.size())), values};
  });
}

Choice trace_choice(const Shape& shape, const TraceFile& file, const RandomStream& stream) {
  const RoutingTrace& trace = *file.trace;
  if (trace.layers != shape.layers || trace.experts_per_token != shape.experts_per_token ||
      trace.experts > shape.experts || trace.tokens() == 0)
    throw std::invalid_argument(fmt::format("a trace of {} layers with {} of {} experts per token does not fit",
                                            trace.layers, trace.experts_per_token, trace.experts));
  Choice result;
  const auto tokens = static_cast<double>(trace.tokens());
  for (std::vector<double> counts : expert_counts(trace)) {
    counts.resize(static_cast<std::size_t>(shape.experts));
    for (const double count : counts) result.inclusion.push_back(count / tokens);
  }
  result.choice = std::make_shared<TraceChoice>(file.trace, file.bootstrap, stream);
  return result;
}

void check(const Shape& shape, const Popularity& popularity) {
  if (shape.layers < 1 || shape.experts > max_experts)
    throw std::invalid_argument(fmt::format("cannot draw from {} layers of {} experts", shape.layers, shape.experts));
  if (shape.experts_per_token < 1 || shape.experts_per_token > shape.experts)
    throw std::invalid_argument(fmt::format("cannot choose {} of {} experts", shape.experts_per_token, shape.experts));
  const GroupLimit& limit = shape.limit;
  if (limit.groups < 1 || limit.per_token < 1 || shape.experts % limit.groups != 0 ||
      shape.experts_per_token > shape.experts / limit.groups * std::min(limit.per_token, limit.groups))
    throw std::invalid_argument(fmt::format("cannot choose {} of {} experts in {} of {} groups",
                                            shape.experts_per_token, shape.experts, limit.per_token, limit.groups));
  if (popularity.kind != Kind::counts) return;
  const auto& counts = popularity.counts.counts;
  if (counts.size() != static_cast<std::size_t>(shape.layers) ||
      std::any_of(counts.begin(), counts.end(),
                  [&](const auto& row) { return row.size() != static_cast<std::size_t>(shape.experts); }))
    throw std::invalid_argument(
        fmt::format("counts are not those of {} layers of {} experts", shape.layers, shape.experts));
}

}  // namespace

ExpertSampler::ExpertSampler(const Shape& shape, const Routing& routing, std::uint64_t seed, int replication)
    : shape_(shape) {
  const Kind kind = routing.popularity.kind;
  check(shape, routing.popularity);
  const LayerPopularity popularity(routing, shape.experts, shape.experts_per_token, seed, replication);
  const RandomStream stream(seed, replication, "expert_choice");
  const bool limited = shape.limit.binds(shape.experts_per_token);
  Choice choice;
  if (routing.trace) {
    choice = trace_choice(shape, *routing.trace, RandomStream(seed, replication, "trace"));
  } else if (routing.correlation && routing.correlation->has_effect()) {
    if (kind == Kind::balanced) throw std::invalid_argument("experts that take turns have no topics");
    const Correlation::Topics& topics = routing.correlation->topics;
    const TopicTilts tilts(topics, RandomStream(seed, routing.redraw ? replication : 0, "topic_tilt"));
    choice = limited ? group_limited_topics(shape, stream, popularity, topics.count, tilts)
                     : successive_topics(shape, kind, stream, popularity, topics.count, tilts);
    topics_.emplace(*routing.correlation, seed, replication);
  } else {
    choice = kind == Kind::balanced ? balanced_choice(shape, routing.permute, popularity)
             : limited              ? group_limited_choice(shape, stream, popularity)
                                    : successive_choice(shape, kind, stream, popularity);
  }
  choice_ = std::move(choice.choice);
  inclusion_ = std::move(choice.inclusion);
}

void ExpertSampler::draw(int layer, std::uint32_t token_index, std::span<const std::uint32_t> sequences,
                         std::span<std::uint16_t> out) const {
  if (layer < 0 || layer >= shape_.layers ||
      out.size() != sequences.size() * static_cast<std::size_t>(shape_.experts_per_token))
    throw std::invalid_argument(
        fmt::format("cannot draw {} experts for {} tokens of layer {}", out.size(), sequences.size(), layer));
  std::vector<std::uint16_t> topics(topics_ ? sequences.size() : 0);
  if (topics_) topics_->topics(layer, token_index, sequences, topics);
  choice_->draw(layer, {token_index, sequences, topics}, out);
}

std::vector<double> ExpertSampler::inclusion(int layer) const {
  const auto experts = static_cast<std::size_t>(shape_.experts);
  const auto row = inclusion_.begin() + static_cast<long>(static_cast<std::size_t>(layer) * experts);
  return {row, row + static_cast<long>(experts)};
}

}  // namespace ringtail
