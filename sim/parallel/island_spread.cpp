#include "parallel/island_spread.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "parallel/rank_order.hpp"

namespace ringtail {
namespace {

/// Groups of a kind: member i of group g is rank first + i · stride, where first runs over what lies in each block of
/// ranks · stride ranks.
struct Kind {
  std::string name;
  int ranks = 1;
  int stride = 1;
};

IslandSpread spread_of(const Kind& kind, const std::vector<int>& gpus, int island_size) {
  const int block = kind.ranks * kind.stride;
  const int all = static_cast<int>(gpus.size());
  IslandSpread spread{kind.name, all / kind.ranks, kind.ranks};
  for (int group = 0; group < spread.groups; ++group) {
    const int first = group / kind.stride * block + group % kind.stride;
    std::map<int, int> there;
    for (int i = 0; i < kind.ranks; ++i) ++there[gpus[static_cast<std::size_t>(first + i * kind.stride)] / island_size];
    spread.islands = std::max(spread.islands, static_cast<int>(there.size()));
    for (const auto& [island, ranks] : there) spread.most_there = std::max(spread.most_there, ranks);
  }
  return spread;
}

}  // namespace

IslandSpread spread_of_blocks(const Parallelism& parallelism, int ranks, int island_size) {
  return spread_of({"block", ranks, 1}, gpu_of_rank(parallelism), island_size);
}

std::vector<IslandSpread> island_spreads(const Parallelism& parallelism, int island_size) {
  const auto& [attention, ffn, pipeline, order] = parallelism;
  const std::vector<int> gpus = gpu_of_rank(parallelism);
  std::vector<IslandSpread> spreads;
  const auto add = [&](const Kind& kind) {
    if (kind.ranks > 1) spreads.push_back(spread_of(kind, gpus, island_size));
  };
  add({"TP", attention.tp, 1});
  add({attention.cp > 1 ? "CP" : "KVP", attention.cache_parts(), attention.tp});
  if (ffn.tp != attention.tp) add({"FFN TP", ffn.tp, 1});
  if (ffn.ep > 1) add({"EP", ffn.group_ranks(), 1});
  if (pipeline.stages > 1) add({"stage", attention.ranks(), 1});
  return spreads;
}

}  // namespace ringtail
