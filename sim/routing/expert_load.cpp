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

double total_of(std::span<const int> copies) { return std::accumulate(copies.begin(), copies.end(), 0.0); }

/// Sums over the slots of each expert.
std::vector<int> copies_of_experts(const std::vector<int>& in_slots, std::span<const std::uint16_t> expert_of_slot) {
  if (expert_of_slot.empty()) return in_slots;
  std::vector<int> copies(*std::max_element(expert_of_slot.begin(), expert_of_slot.end()) + std::size_t{1});
  for (std::size_t slot = 0; slot < in_slots.size(); ++slot) copies[expert_of_slot[slot]] += in_slots[slot];
  return copies;
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

RoutingStatistics::RoutingStatistics(std::span<const int> rank_of_slot, int ranks)
    : rank_of_slot_(rank_of_slot.begin(), rank_of_slot.end()), ranks_(static_cast<std::size_t>(ranks)) {
  for (const int rank : rank_of_slot_) {
    if (rank < 0 || rank >= ranks)
      throw std::invalid_argument(fmt::format("expert on rank {} of {} ranks", rank, ranks));
  }
}

void RoutingStatistics::add(std::span<const std::vector<int>> groups, long dropped,
                            std::span<const std::uint16_t> expert_of_slot) {
  std::vector<int> rank_copies(groups.size() * ranks_);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].size() != rank_of_slot_.size())
      throw std::invalid_argument(fmt::format("{} slots counted, {} placed", groups[g].size(), rank_of_slot_.size()));
    for (std::size_t slot = 0; slot < rank_of_slot_.size(); ++slot)
      rank_copies[g * ranks_ + static_cast<std::size_t>(rank_of_slot_[slot])] += groups[g][slot];
  }
  const double total = total_of(rank_copies);
  if (!(total > 0)) throw std::invalid_argument("no token copies to compare");
  sum_.rank_max_over_mean += max_over_mean(rank_copies, total);
  sum_.idle_ranks += zeros(rank_copies);
  sum_.dropped += static_cast<double>(dropped) / (total + static_cast<double>(dropped));
  const auto has_tokens = [](const std::vector<int>& copies) { return total_of(copies) > 0; };
  const auto busy = std::count_if(groups.begin(), groups.end(), has_tokens);
  for (const std::vector<int>& copies : groups)
    if (has_tokens(copies)) add_experts(copies_of_experts(copies, expert_of_slot), 1.0 / static_cast<double>(busy));
  ++layers_;
}

void RoutingStatistics::add_experts(std::vector<int> copies, double share) {
  sum_.expert_max_over_mean += share * max_over_mean(copies, total_of(copies));
  sum_.distinct_experts += share * (static_cast<double>(copies.size()) - zeros(copies));
  sum_.gini += share * gini(copies);
}

RoutingSummary RoutingStatistics::mean() const {
  if (layers_ == 0) throw std::logic_error("mean of no layers");
  const auto n = static_cast<double>(layers_);
  return {.rank_max_over_mean = sum_.rank_max_over_mean / n,
          .expert_max_over_mean = sum_.expert_max_over_mean / n,
          .distinct_experts = sum_.distinct_experts / n,
          .idle_ranks = sum_.idle_ranks / n,
          .gini = sum_.gini / n,
          .dropped = sum_.dropped / n};
}

}  // namespace ringtail
