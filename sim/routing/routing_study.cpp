#include "routing/routing_study.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "routing/expert_load.hpp"
#include "routing/word_batch.hpp"

namespace ringtail {
namespace {

/// The replicas of all experts as one table: those of expert e are first[e] .. first[e + 1] - 1.
struct Replicas {
  explicit Replicas(const ExpertPlacement& placement) : first(1) {
    std::vector<std::vector<std::uint32_t>> by_expert(static_cast<std::size_t>(placement.experts));
    for (int r = 0; r < placement.ranks; ++r)
      for (int s = placement.first_slot(r); s < placement.first_slot(r + 1); ++s)
        by_expert[placement.expert_of_slot[static_cast<std::size_t>(s)]].push_back(static_cast<std::uint32_t>(s));
    for (const auto& own : by_expert) {
      slot.insert(slot.end(), own.begin(), own.end());
      first.push_back(static_cast<std::uint32_t>(slot.size()));
    }
    for (int r = 0; r < placement.ranks; ++r)
      rank_of_slot.insert(rank_of_slot.end(), static_cast<std::size_t>(placement.slots_of(r)),
                          static_cast<std::uint32_t>(r));
  }

  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> slot;
  std::vector<std::uint32_t> rank_of_slot;
};

/// Sends the copies of one layer's tokens to slots.
class Router {
 public:
  Router(const RoutingStudy& study, const ExpertPlacement& placement, std::vector<std::int64_t>& pair_copies)
      : study_(study),
        replicas_(placement),
        pair_copies_(pair_copies),
        island_(static_cast<std::size_t>(study.ranks)),
        rank_copies_(static_cast<std::size_t>(study.ranks)),
        slot_copies_(static_cast<std::size_t>(placement.slots())) {
    for (int rank = 0; rank < study.ranks; ++rank)
      island_[static_cast<std::size_t>(rank)] = rank / study.ranks_per_island;
  }

  void route(const RandomStream& stream, int layer, std::span<const std::uint16_t> chosen) {
    const auto k = static_cast<std::size_t>(study_.shape.experts_per_token);
    const auto tokens_per_rank = static_cast<std::size_t>(study_.tokens_per_rank);
    const bool redundant = replicas_.slot.size() > replicas_.first.size() - 1;
    WordBatch batch(stream, layer, 0);
    std::vector<std::uint32_t> sequences(WordBatch::lanes);
    for (std::size_t first = 0; first * k < chosen.size(); first += WordBatch::lanes) {
      const std::size_t tokens = std::min(WordBatch::lanes, chosen.size() / k - first);
      std::iota(sequences.begin(), sequences.end(), static_cast<std::uint32_t>(first));
      if (redundant) batch.fill(sequences);
      for (std::size_t lane = 0; lane < tokens; ++lane) {
        const std::size_t source = (first + lane) / tokens_per_rank;
        WordBatch::Cursor words(batch, lane);
        for (const std::uint16_t expert : chosen.subspan((first + lane) * k, k)) {
          const std::uint32_t replicas = replicas_.first[expert + std::size_t{1}] - replicas_.first[expert];
          const std::uint32_t word = redundant ? words.next() : 0;  // a word per copy, whether it has a choice or not
          visit(source,
                replicas == 1 ? replicas_.slot[replicas_.first[expert]] : choose(expert, replicas, source, word));
        }
      }
    }
  }

  [[nodiscard]] LayerLoad load() const {
    LayerLoad load;
    const double copies = std::accumulate(rank_copies_.begin(), rank_copies_.end(), 0.0);
    const double ranks = study_.ranks;
    load.rank_max_over_mean = *std::max_element(rank_copies_.begin(), rank_copies_.end()) * ranks / copies;
    load.idle_ranks = static_cast<double>(std::count(rank_copies_.begin(), rank_copies_.end(), 0));
    std::vector<int> read(static_cast<std::size_t>(study_.ranks));
    for (std::size_t slot = 0; slot < slot_copies_.size(); ++slot)
      read[replicas_.rank_of_slot[slot]] += slot_copies_[slot] > 0 ? 1 : 0;
    load.distinct_per_rank = std::accumulate(read.begin(), read.end(), 0.0) / ranks;
    load.max_distinct_per_rank = *std::max_element(read.begin(), read.end());
    std::vector<int> sorted = rank_copies_;
    load.rank_gini = gini(sorted);
    load.off_rank_copies = static_cast<double>(off_rank_) / copies;
    load.off_island_copies = static_cast<double>(off_island_) / copies;
    return load;
  }

 private:
  [[nodiscard]] std::uint32_t choose(std::size_t expert, std::uint32_t replicas, std::size_t source,
                                     std::uint32_t word) const {
    const std::uint32_t* const slots = &replicas_.slot[replicas_.first[expert]];
    const auto at = [](std::uint32_t random, std::uint32_t n) {
      return static_cast<std::uint32_t>((std::uint64_t{random} * n) >> 32);
    };
    const auto rank = [&](std::uint32_t i) { return replicas_.rank_of_slot[slots[i]]; };
    if (study_.replica == ReplicaChoice::nearest) {
      std::uint32_t near = 0;
      for (std::uint32_t i = 0; i < replicas; ++i) near += island_[rank(i)] == island_[source] ? 1 : 0;
      if (near == 0) return slots[at(word, replicas)];
      std::uint32_t skip = at(word, near);
      for (std::uint32_t i = 0; i < replicas; ++i)
        if (island_[rank(i)] == island_[source] && skip-- == 0) return slots[i];
    }
    if (study_.replica == ReplicaChoice::least_loaded_oracle) {
      std::uint32_t best = 0;
      for (std::uint32_t i = 1; i < replicas; ++i)
        if (rank_copies_[rank(i)] < rank_copies_[rank(best)]) best = i;
      return slots[best];
    }
    return slots[at(word, replicas)];
  }

  void visit(std::size_t source, std::uint32_t slot) {
    const std::size_t rank = replicas_.rank_of_slot[slot];
    ++slot_copies_[slot];
    ++rank_copies_[rank];
    ++pair_copies_[source * rank_copies_.size() + rank];
    off_rank_ += source != rank ? 1 : 0;
    off_island_ += island_[source] != island_[rank] ? 1 : 0;
  }

  const RoutingStudy& study_;
  Replicas replicas_;
  std::vector<std::int64_t>& pair_copies_;
  std::vector<int> island_;  ///< [rank]
  std::vector<int> rank_copies_;
  std::vector<int> slot_copies_;
  std::int64_t off_rank_ = 0;
  std::int64_t off_island_ = 0;
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
        &LayerLoad::rank_gini, &LayerLoad::off_rank_copies, &LayerLoad::off_island_copies}) {
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
  for (int layer = 0; layer < shape.layers; ++layer)
    sampler.draw(layer, 0, sequences, std::span(chosen).subspan(static_cast<std::size_t>(layer) * row, row));
  return chosen;
}

ExpertPlacement place_layer(const RoutingStudy& study, const ExpertSampler& sampler, int layer) {
  const std::vector<double> loads = sampler.inclusion(layer);
  const PlacementProblem problem{loads, study.ranks, study.slots, study.ranks_per_island, study.shape.limit.groups};
  switch (study.placement) {
    case PlacementPolicy::contiguous: return place_contiguously(problem);
    case PlacementPolicy::round_robin: return place_round_robin(problem);
    case PlacementPolicy::random:
      return place_randomly(problem, RandomStream(study.seed, study.replication, "expert_placement"), layer);
    case PlacementPolicy::eplb: return place_eplb(problem);
    case PlacementPolicy::eplb_hierarchical: return place_eplb_hierarchically(problem);
    case PlacementPolicy::spread: return place_spread(problem);
  }
  throw std::logic_error("no such placement");
}

RoutingLoads routing_loads(const RoutingStudy& study, const ExpertSampler& sampler,
                           std::span<const std::uint16_t> chosen, int tokens_drawn) {
  const auto k = static_cast<std::size_t>(study.shape.experts_per_token);
  const std::size_t row = static_cast<std::size_t>(tokens_drawn) * k;
  const std::size_t own = static_cast<std::size_t>(study.ranks) * static_cast<std::size_t>(study.tokens_per_rank) * k;
  if (own == 0 || own > row || chosen.size() != row * static_cast<std::size_t>(study.shape.layers))
    throw std::invalid_argument("too few tokens are drawn for all ranks");
  const RandomStream stream(study.seed, study.replication, "replica_choice");
  RoutingLoads loads;
  loads.pair_copies.resize(static_cast<std::size_t>(study.ranks) * static_cast<std::size_t>(study.ranks));
  for (int layer = 0; layer < study.shape.layers; ++layer) {
    const auto experts = chosen.subspan(static_cast<std::size_t>(layer) * row, own);
    Router router(study, place_layer(study, sampler, layer), loads.pair_copies);
    router.route(stream, layer, experts);
    loads.layers.push_back(router.load());
    add_expert_figures(experts, study.shape.experts, loads.layers.back());
  }
  loads.mean = mean_of(loads.layers);
  return loads;
}

}  // namespace ringtail
