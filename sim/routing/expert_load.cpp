#include "routing/expert_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

double max_over_mean(std::span<const int> copies, double total) {
  return *std::max_element(copies.begin(), copies.end()) * static_cast<double>(copies.size()) / total;
}

int zeros(std::span<const int> copies) { return static_cast<int>(std::count(copies.begin(), copies.end(), 0)); }

}  // namespace

void count_experts(std::span<const std::uint16_t> chosen, std::span<int> counts) {
  for (const std::uint16_t expert : chosen) ++counts[expert];
}

double gini(std::span<int> counts) {
  std::sort(counts.begin(), counts.end());
  const auto n = static_cast<double>(counts.size());
  double total = 0;
  double weighted = 0;
  double factor = 1 - n;  // 2i - n - 1
  for (const int x : counts) {
    total += x;
    weighted += factor * x;
    factor += 2;
  }
  if (!(total > 0)) throw std::invalid_argument("no token copies to compare");
  return weighted / (n * total);
}

RoutingStatistics::RoutingStatistics(std::span<const int> rank_of_expert, int ranks)
    : rank_of_expert_(rank_of_expert.begin(), rank_of_expert.end()),
      rank_copies_(static_cast<std::size_t>(ranks)),
      sorted_(rank_of_expert.size()) {
  for (const int rank : rank_of_expert_) {
    if (rank < 0 || rank >= ranks)
      throw std::invalid_argument(fmt::format("expert on rank {} of {} ranks", rank, ranks));
  }
}

void RoutingStatistics::add(std::span<const int> copies) {
  if (copies.size() != rank_of_expert_.size())
    throw std::invalid_argument(fmt::format("{} experts counted, {} placed", copies.size(), rank_of_expert_.size()));
  std::copy(copies.begin(), copies.end(), sorted_.begin());
  sum_.gini += gini(sorted_);
  std::fill(rank_copies_.begin(), rank_copies_.end(), 0);
  for (std::size_t e = 0; e < copies.size(); ++e)
    rank_copies_[static_cast<std::size_t>(rank_of_expert_[e])] += copies[e];
  const double total = std::accumulate(copies.begin(), copies.end(), 0.0);
  sum_.rank_max_over_mean += max_over_mean(rank_copies_, total);
  sum_.expert_max_over_mean += max_over_mean(copies, total);
  sum_.distinct_experts += static_cast<double>(copies.size()) - zeros(copies);
  sum_.idle_ranks += zeros(rank_copies_);
  ++layers_;
}

RoutingSummary RoutingStatistics::mean() const {
  if (layers_ == 0) throw std::logic_error("mean of no layers");
  const auto n = static_cast<double>(layers_);
  return {.rank_max_over_mean = sum_.rank_max_over_mean / n,
          .expert_max_over_mean = sum_.expert_max_over_mean / n,
          .distinct_experts = sum_.distinct_experts / n,
          .idle_ranks = sum_.idle_ranks / n,
          .gini = sum_.gini / n};
}

}  // namespace ringtail
