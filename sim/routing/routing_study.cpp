#include "routing/routing_study.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <stdexcept>

#include "base/for_each_index.hpp"
#include "routing/capacity.hpp"
#include "routing/expert_load.hpp"
#include "routing/expert_slots.hpp"
#include "routing/token_index.hpp"
#include "routing/word_batch.hpp"

namespace ringtail {
namespace {

/// Counts the copies of one layer's tokens on slots and ranks.
class Counter {
 public:
  Counter(const RoutingStudy& study, const LayerSlots& layer, const TokenOrigins& tokens)
      : layer_(layer),
        source_of_token_(tokens.ranks),
        island_of_rank_(tokens.island_of_ranks),
        ranks_(static_cast<std::size_t>(study.ranks)),
        pair_copies_(ranks_ * ranks_),
        token_copies_(ranks_),
        slot_copies_(layer.expert_of_slot.size()) {}

  void count(std::span<const std::uint16_t> slots) {
    const std::size_t k = slots.size() / source_of_token_.size();
    for (std::size_t token = 0; token < source_of_token_.size(); ++token) {
      const auto visited = slots.subspan(token * k, k);
      for (const std::uint16_t slot : visited) visit(source_of_token_[token], slot);
      for (const std::uint16_t slot : visited) {  // each rank's square once: the count is zero the next time
        std::int64_t& copies = token_copies_[layer_.rank_of_slot[slot]];
        token_squares_ += copies * copies;
        copies = 0;
      }
    }
    tokens_ += static_cast<double>(source_of_token_.size());
  }

  [[nodiscard]] LayerLoad load(std::span<const double> inclusion) const {
    LayerLoad load;
    std::vector<int> rank_copies = add_traffic(load);
    load.rank_overdispersion = overdispersion(rank_copies, inclusion);
    const double copies = std::accumulate(rank_copies.begin(), rank_copies.end(), 0.0);
    const auto ranks = static_cast<double>(ranks_);
    load.rank_max_over_mean = *std::max_element(rank_copies.begin(), rank_copies.end()) * ranks / copies;
    load.idle_ranks = static_cast<double>(std::count(rank_copies.begin(), rank_copies.end(), 0));
    std::vector<int> read(ranks_);
    for (std::size_t slot = 0; slot < slot_copies_.size(); ++slot)
      read[layer_.rank_of_slot[slot]] += slot_copies_[slot] > 0 ? 1 : 0;
    load.distinct_per_rank = std::accumulate(read.begin(), read.end(), 0.0) / ranks;
    load.max_distinct_per_rank = *std::max_element(read.begin(), read.end());
    load.rank_gini = gini(rank_copies);
    return load;
  }

  void add_pairs_to(std::vector<std::int64_t>& sums) const {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += pair_copies_[i];
  }

 private:
  /// Once for each copy, so no more than what cannot be told afterwards.
  void visit(std::size_t source, std::uint32_t slot) {
    const std::size_t rank = layer_.rank_of_slot[slot];
    ++slot_copies_[slot];
    ++token_copies_[rank];
    ++pair_copies_[source * ranks_ + rank];
  }

  /// What goes from rank to rank. Returns the copies that each has.
  std::vector<int> add_traffic(LayerLoad& load) const {
    std::vector<int> rank_copies(ranks_);
    double off_rank = 0;
    double off_island = 0;
    for (std::size_t source = 0; source < ranks_; ++source) {
      double sent = 0;
      for (std::size_t to = 0; to < ranks_; ++to) {
        const int copies = pair_copies_[source * ranks_ + to];
        rank_copies[to] += copies;
        if (to == source) continue;
        sent += copies;
        if (island_of_rank_[source] != island_of_rank_[to]) off_island += copies;
        load.busiest_pair = std::max<double>(load.busiest_pair, copies);
      }
      off_rank += sent;
      load.busiest_sender = std::max(load.busiest_sender, sent);
    }
    for (std::size_t rank = 0; rank < ranks_; ++rank)
      load.busiest_receiver =
          std::max<double>(load.busiest_receiver, rank_copies[rank] - pair_copies_[rank * ranks_ + rank]);
    const double copies = std::accumulate(rank_copies.begin(), rank_copies.end(), 0.0);
    load.off_rank_copies = off_rank / copies;
    load.off_island_copies = off_island / copies;
    return rank_copies;
  }

  [[nodiscard]] double overdispersion(std::span<const int> rank_copies, std::span<const double> inclusion) const {
    std::vector<int> replicas(inclusion.size());
    for (const std::uint16_t expert : layer_.expert_of_slot) ++replicas[expert];
    std::vector<double> expected(ranks_);
    for (std::size_t slot = 0; slot < layer_.expert_of_slot.size(); ++slot) {
      const std::uint16_t expert = layer_.expert_of_slot[slot];
      expected[layer_.rank_of_slot[slot]] += inclusion[expert] / replicas[expert];
    }
    double squares = 0;
    double variance = static_cast<double>(token_squares_);
    for (std::size_t r = 0; r < expected.size(); ++r) {
      const double off = rank_copies[r] - tokens_ * expected[r];
      squares += off * off;
      variance -= tokens_ * expected[r] * expected[r];
    }
    return variance > 0 ? squares / variance : 1;
  }

  const LayerSlots& layer_;
  std::span<const std::uint32_t> source_of_token_;
  std::span<const std::uint32_t> island_of_rank_;
  std::size_t ranks_;
  std::vector<int> pair_copies_;            ///< [source · ranks + destination]
  std::vector<std::int64_t> token_copies_;  ///< Of the current token, per rank,
  std::int64_t token_squares_ = 0;          ///< and the sum of their squares over tokens.
  double tokens_ = 0;
  std::vector<int> slot_copies_;
};

void add_expert_figures(std::span<const std::uint16_t> chosen, int experts, LayerLoad& load) {
  std::vector<int> counts(static_cast<std::size_t>(experts));
  count_experts(chosen, counts);
  load.expert_max_over_mean = *std::max_element(counts.begin(), counts.end()) * static_cast<double>(experts) /
                              static_cast<double>(chosen.size());
  load.distinct_experts = static_cast<double>(experts - std::count(counts.begin(), counts.end(), 0));
  load.gini = gini(counts);
}

LayerLoad mean_of(const std::vector<LayerLoad>& layers) {
  LayerLoad mean;
  for (double LayerLoad::*const part :
       {&LayerLoad::expert_max_over_mean, &LayerLoad::rank_max_over_mean, &LayerLoad::distinct_experts,
        &LayerLoad::distinct_per_rank, &LayerLoad::max_distinct_per_rank, &LayerLoad::idle_ranks, &LayerLoad::gini,
        &LayerLoad::rank_gini, &LayerLoad::off_rank_copies, &LayerLoad::off_island_copies,
        &LayerLoad::rank_overdispersion, &LayerLoad::busiest_pair, &LayerLoad::busiest_sender,
        &LayerLoad::busiest_receiver}) {
    for (const LayerLoad& layer : layers) mean.*part += layer.*part;
    mean.*part /= static_cast<double>(layers.size());
  }
  return mean;
}

}  // namespace

std::vector<std::uint16_t> draw_layers(const ExpertSampler& sampler, const ExpertSampler::Shape& shape, int tokens) {
  const std::size_t row = static_cast<std::size_t>(tokens) * static_cast<std::size_t>(shape.experts_per_token);
  std::vector<std::uint32_t> sequences(static_cast<std::size_t>(tokens));
  std::iota(sequences.begin(), sequences.end(), 0U);
  std::vector<std::uint16_t> chosen(row * static_cast<std::size_t>(shape.layers));
  for_each_index(static_cast<std::size_t>(shape.layers), [&](std::size_t layer) {
    sampler.draw(static_cast<int>(layer), 0, sequences, std::span(chosen).subspan(layer * row, row));
  });
  return chosen;
}

TokenOverlap token_overlap(const ExpertSampler& sampler, const ExpertSampler::Shape& shape, int sequences) {
  const auto k = static_cast<std::size_t>(shape.experts_per_token);
  std::vector<std::uint32_t> ids(static_cast<std::size_t>(std::min(sequences, 1024)));
  std::iota(ids.begin(), ids.end(), 0U);
  const auto drawn = [&](int layer, int step) {
    std::vector<std::uint16_t> chosen(ids.size() * k);
    sampler.draw(layer, token_index(step, 0), ids, chosen);
    return chosen;
  };
  const auto common = [&](const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b) {
    std::int64_t n = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      n += std::count(b.begin() + static_cast<long>(i / k * k), b.begin() + static_cast<long>(i / k * k + k), a[i]);
    return static_cast<double>(n) / static_cast<double>(a.size());
  };
  const int layers = std::min(shape.layers, 8);
  TokenOverlap overlap;
  for (int i = 0; i < layers; ++i) {
    const int layer = static_cast<int>(std::int64_t{i} * shape.layers / layers);
    const std::vector<std::uint16_t> first = drawn(layer, 0);
    overlap.lag_1 += common(first, drawn(layer, 1)) / layers;
    overlap.lag_16 += common(first, drawn(layer, 16)) / layers;
    for (const double pi : sampler.inclusion(layer)) overlap.independent += pi * pi / (layers * static_cast<double>(k));
  }
  return overlap;
}

RoutingLoads routing_loads(const RoutingStudy& study, const ExpertSampler& sampler,
                           std::span<const std::uint16_t> chosen, int tokens_drawn) {
  const auto k = static_cast<std::size_t>(study.shape.experts_per_token);
  const std::size_t row = static_cast<std::size_t>(tokens_drawn) * k;
  const std::size_t own = static_cast<std::size_t>(study.ranks) * static_cast<std::size_t>(study.tokens_per_rank) * k;
  if (own == 0 || own > row || chosen.size() != row * static_cast<std::size_t>(study.shape.layers))
    throw std::invalid_argument("too few tokens are drawn for all ranks");
  const RandomStream placing(study.seed, study.replication, placement_stream);
  const RandomStream choosing(study.seed, study.replication, replica_stream);
  std::vector<std::uint32_t> sequences(own / k);
  std::iota(sequences.begin(), sequences.end(), 0U);
  std::vector<std::uint32_t> sources;
  for (const std::uint32_t sequence : sequences)
    sources.push_back(sequence / static_cast<std::uint32_t>(study.tokens_per_rank));
  std::vector<std::uint32_t> islands;
  for (int rank = 0; rank < study.ranks; ++rank)
    islands.push_back(static_cast<std::uint32_t>(rank / study.ranks_per_island));
  const TokenOrigins tokens{sequences, sources, islands};
  RoutingLoads loads;
  loads.layers.resize(static_cast<std::size_t>(study.shape.layers));
  loads.pair_copies.resize(static_cast<std::size_t>(study.ranks) * static_cast<std::size_t>(study.ranks));
  std::mutex adding_pairs;  // whole numbers: in any order they add up to the same
  for_each_index(loads.layers.size(), [&](std::size_t i) {
    const int layer = static_cast<int>(i);
    const auto experts = chosen.subspan(i * row, own);
    const std::vector<double> expected = sampler.inclusion(layer);
    const LayerSlots placed(
        place({expected, study.ranks, study.slots, study.ranks_per_island, study.shape.limit.groups}, study.placement,
              placing, layer));
    std::vector<std::uint16_t> slots(experts.begin(), experts.end());
    placed.choose(study.replica, WordBatch(choosing, layer, 0), tokens, slots);
    Counter counter(study, placed, tokens);
    counter.count(slots);
    loads.layers[i] = counter.load(expected);
    add_expert_figures(experts, study.shape.experts, loads.layers[i]);
    const std::lock_guard<std::mutex> one_at_a_time(adding_pairs);
    counter.add_pairs_to(loads.pair_copies);
  });
  loads.mean = mean_of(loads.layers);
  return loads;
}

double dropped_fraction(double capacity_factor, const RoutingStudy& study, std::span<const std::uint16_t> chosen,
                        int tokens_drawn) {
  const auto k = static_cast<std::size_t>(study.shape.experts_per_token);
  const std::size_t row = static_cast<std::size_t>(tokens_drawn) * k;
  const std::size_t tokens = static_cast<std::size_t>(study.ranks) * static_cast<std::size_t>(study.tokens_per_rank);
  const int capacity = expert_capacity(capacity_factor, tokens, study.shape.experts_per_token, study.shape.experts);
  double dropped = 0;
  for (std::size_t first = 0; first < chosen.size(); first += row) {
    const auto layer = chosen.subspan(first, tokens * k);
    std::vector<std::uint16_t> copies(layer.begin(), layer.end());
    dropped += drop_beyond(capacity, study.shape.experts, copies);
  }
  return dropped / (static_cast<double>(tokens * k) * study.shape.layers);
}

}  // namespace ringtail
