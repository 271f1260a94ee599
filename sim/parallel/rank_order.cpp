#include "parallel/rank_order.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace ringtail {
namespace {

constexpr std::array counted = {Degree::tp, Degree::kvp, Degree::cp, Degree::dp, Degree::pp};

/// By degree: how far apart the GPUs are of ranks that are neighbours in it.
std::array<int, counted.size()> strides(const Parallelism& parallelism) {
  std::array<int, counted.size()> strides{};
  int stride = 1;
  const RankOrder in_order(counted.begin(), counted.end());
  for (const Degree degree : parallelism.order.empty() ? in_order : parallelism.order) {
    strides[static_cast<std::size_t>(degree)] = stride;
    stride *= parallelism.size_of(degree);
  }
  return strides;
}

}  // namespace

bool is_order(const Parallelism& parallelism) {
  if (parallelism.order.empty()) return true;
  return std::all_of(counted.begin(), counted.end(), [&](Degree degree) {
    const auto named = std::count(parallelism.order.begin(), parallelism.order.end(), degree);
    return named == 1 || (named == 0 && parallelism.size_of(degree) == 1);
  });
}

std::vector<int> gpu_of_rank(const Parallelism& parallelism) {
  const auto stride = strides(parallelism);
  std::vector<int> gpus;
  for (int rank = 0; rank < parallelism.ranks(); ++rank) {
    int gpu = 0;
    int rest = rank;
    for (const Degree degree : counted) {
      const int size = parallelism.size_of(degree);
      gpu += rest % size * stride[static_cast<std::size_t>(degree)];
      rest /= size;
    }
    gpus.push_back(gpu);
  }
  return gpus;
}

bool is_in_order(const Parallelism& parallelism) {
  const std::vector<int> gpus = gpu_of_rank(parallelism);
  return std::is_sorted(gpus.begin(), gpus.end());
}

int ep_ranks_per_island(const Parallelism& parallelism, int island_size) {
  const FfnParallelism& ffn = parallelism.ffn;
  const std::vector<int> gpus = gpu_of_rank(parallelism);
  if (std::is_sorted(gpus.begin(), gpus.end())) return std::max(1, island_size / ffn.tp);
  const auto island_of = [&](int group, int ep) {
    return gpus[static_cast<std::size_t>(group * ffn.group_ranks() + ep * ffn.tp)] / island_size;
  };
  int there = 1;
  while (there < ffn.ep && island_of(0, there) == island_of(0, 0)) ++there;
  for (int group = 0; group < parallelism.ranks() / ffn.group_ranks(); ++group) {
    std::set<int> filled;
    for (int ep = 0; ep < ffn.ep; ++ep) {
      const bool is_new = filled.insert(island_of(group, ep)).second;
      if (is_new != (ep % there == 0) || (!is_new && island_of(group, ep) != island_of(group, ep - 1))) return 0;
    }
  }
  return there;
}

}  // namespace ringtail
