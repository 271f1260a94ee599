#include "routing/expert_sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "routing/popularity.hpp"
#include "routing/successive_sampling.hpp"

namespace ringtail {
namespace {

constexpr int max_experts = std::numeric_limits<std::uint16_t>::max() + 1;
/// An expert this close to π = 1 is in every token: the weight it would need grows without bound.
constexpr double certain_margin = 1e-9;
/// Candidates per expert, repeats included, that a token may need on average before dominant experts get tables without
/// them. Equal weights never need more than the harmonic number of 65536, 11.7.
constexpr double patience = 16;

std::vector<std::uint16_t> expert_orders(const ExpertSampler::Shape& shape, bool permute, std::uint64_t seed,
                                         int replication) {
  const auto experts = static_cast<std::size_t>(shape.experts);
  const RandomStream stream(seed, replication, "expert_permutation");
  std::vector<std::uint16_t> orders(static_cast<std::size_t>(shape.layers) * experts);
  for (int layer = 0; layer < shape.layers; ++layer) {
    const auto order = std::span(orders).subspan(static_cast<std::size_t>(layer) * experts, experts);
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    if (permute) shuffle(order, stream, static_cast<std::uint32_t>(layer));
  }
  return orders;
}

}  // namespace

ExpertSampler::ExpertSampler(const Shape& shape, const Routing& routing, std::uint64_t seed, int replication)
    : shape_(shape), stream_(seed, replication, "expert_choice") {
  if (shape.layers < 1 || shape.experts > max_experts)
    throw std::invalid_argument(fmt::format("cannot draw from {} layers of {} experts", shape.layers, shape.experts));
  inclusion_by_rank_ = inclusion_by_rank(routing.popularity, shape.experts, shape.experts_per_token);
  expert_of_rank_ = expert_orders(shape, routing.permute, seed, replication);

  // Most popular first, so the certain experts are the first ones.
  const auto open = std::find_if(inclusion_by_rank_.begin(), inclusion_by_rank_.end(),
                                 [](double pi) { return pi < 1 - certain_margin; });
  certain_ = static_cast<std::size_t>(open - inclusion_by_rank_.begin());
  const std::span<const double> rest(open, inclusion_by_rank_.end());
  build_tables(rest.empty() ? std::vector<double>{} : successive_weights(rest));
}

void ExpertSampler::build_tables(std::span<const double> weights) {
  const auto wanted = static_cast<std::size_t>(shape_.experts_per_token) - certain_;
  const auto tiresome = [&](std::size_t without) {
    const int rest = static_cast<int>(wanted - without);
    return rest > 0 && expected_candidates(weights.subspan(without), rest) > patience * rest;
  };
  while (tiresome(dominant_)) ++dominant_;

  std::vector<AliasCell> tables;  // of popularity ranks
  for (std::size_t without = 0; without <= dominant_; ++without) {
    table_start_.push_back(tables.size());
    const auto first = static_cast<std::uint16_t>(certain_ + without);
    for (const AliasCell& cell : alias_table(weights.subspan(without))) {
      tables.push_back(
          {cell.threshold,
           {static_cast<std::uint16_t>(first + cell.item[0]), static_cast<std::uint16_t>(first + cell.item[1])}});
    }
  }
  table_start_.push_back(tables.size());

  const auto experts = static_cast<std::size_t>(shape_.experts);
  for (std::size_t row = 0; row < expert_of_rank_.size(); row += experts) {
    const std::uint16_t* expert = &expert_of_rank_[row];
    for (const AliasCell& cell : tables)
      cells_.push_back({cell.threshold, {expert[cell.item[0]], expert[cell.item[1]]}});
  }
}

void ExpertSampler::draw(int layer, std::uint32_t token_index, std::span<const std::uint32_t> sequences,
                         std::span<std::uint16_t> out) const {
  const auto k = static_cast<std::size_t>(shape_.experts_per_token);
  if (layer < 0 || layer >= shape_.layers || out.size() != sequences.size() * k)
    throw std::invalid_argument(
        fmt::format("cannot draw {} experts for {} tokens of layer {}", out.size(), sequences.size(), layer));
  const auto experts = static_cast<std::size_t>(shape_.experts);
  const auto row = static_cast<std::size_t>(layer);
  const std::uint16_t* certain = &expert_of_rank_[row * experts];
  const std::uint16_t* dominant = certain + certain_;
  const AliasCell* tables = cells_.data() + row * table_start_.back();

  std::vector<std::uint32_t> last_token(experts, 0);  // the last token, counted from 1, that took the expert
  std::uint32_t token = 0;
  std::uint16_t* chosen = out.data();
  for (const std::uint32_t sequence : sequences) {
    ++token;
    std::copy_n(certain, certain_, chosen);
    std::size_t taken = certain_;
    std::size_t without = 0;  // dominant experts known to be taken: the table without them serves as well
    for (std::uint32_t block = 0; taken < k; ++block) {
      while (without < dominant_ && last_token[dominant[without]] == token) ++without;
      const AliasCell* table = tables + table_start_[without];
      const std::size_t cells = experts - certain_ - without;
      const RandomBlock words = stream_.block({static_cast<std::uint32_t>(layer), sequence, token_index, block});
      for (std::size_t n = 0; n < words.size() && taken < k; ++n) {
        const std::uint16_t expert = pick(table, cells, words[n]);
        chosen[taken] = expert;  // a repeat is overwritten by the next candidate
        taken += last_token[expert] != token ? 1 : 0;
        last_token[expert] = token;
      }
    }
    chosen += k;
  }
}

std::vector<double> ExpertSampler::inclusion(int layer) const {
  const auto experts = static_cast<std::size_t>(shape_.experts);
  std::vector<double> result(experts);
  for (std::size_t rank = 0; rank < experts; ++rank)
    result[expert_of_rank_.at(static_cast<std::size_t>(layer) * experts + rank)] = inclusion_by_rank_[rank];
  return result;
}

}  // namespace ringtail
