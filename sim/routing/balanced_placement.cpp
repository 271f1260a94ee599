// Placements that balance loads.

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "routing/expert_placement.hpp"

namespace ringtail {
namespace {

struct Replica {
  std::uint16_t expert = 0;
  double load = 0;  ///< Its share of the expert's.
};

/// `slots` replicas of `experts`, one each and the others where the load per replica is largest; in the order of
/// decreasing load; equal loads: the first replicas of experts, in order, then the others as they were added.
std::vector<Replica> replicate(std::span<const double> loads, std::span<const std::uint16_t> experts, int slots) {
  std::vector<int> replicas(experts.size(), 1);
  std::vector<std::size_t> added;
  for (int extra = slots - static_cast<int>(experts.size()); extra > 0; --extra) {
    std::size_t hottest = 0;
    for (std::size_t i = 1; i < experts.size(); ++i)
      if (loads[experts[i]] * replicas[hottest] > loads[experts[hottest]] * replicas[i]) hottest = i;
    ++replicas[hottest];
    added.push_back(hottest);
  }
  std::vector<Replica> result;
  for (std::size_t i = 0; i < experts.size(); ++i) result.push_back({experts[i], loads[experts[i]] / replicas[i]});
  for (const std::size_t i : added) result.push_back(result[i]);
  std::stable_sort(result.begin(), result.end(), [](const Replica& a, const Replica& b) { return a.load > b.load; });
  return result;
}

/// Bins with room for so many items, filled by putting each into the least loaded one (the first, if several are).
class Bins {
 public:
  explicit Bins(std::vector<int> room) : room_(std::move(room)), load_(room_.size()), items_(room_.size()) {}

  /// Puts `item` into the least loaded bin that has room and suits, or, if none suits, just has room.
  template <class Suits>
  std::size_t put(std::size_t item, double load, const Suits& suits) {
    std::optional<std::size_t> best = least_loaded(suits);
    if (!best) best = least_loaded([](std::size_t) { return true; });
    if (!best) throw std::logic_error("more items than room");
    --room_[*best];
    load_[*best] += load;
    items_[*best].push_back(item);
    return *best;
  }
  void put(std::size_t item, double load) {
    put(item, load, [](std::size_t) { return true; });
  }

  [[nodiscard]] const std::vector<std::size_t>& items(std::size_t bin) const { return items_[bin]; }

 private:
  template <class Suits>
  [[nodiscard]] std::optional<std::size_t> least_loaded(const Suits& suits) const {
    std::optional<std::size_t> best;
    for (std::size_t bin = 0; bin < room_.size(); ++bin)
      if (room_[bin] > 0 && suits(bin) && (!best || load_[bin] < load_[*best])) best = bin;
    return best;
  }

  std::vector<int> room_;
  std::vector<double> load_;
  std::vector<std::vector<std::size_t>> items_;
};

ExpertPlacement without_experts(const PlacementProblem& problem) {
  if (problem.ranks < 1 || problem.ranks_per_island < 1 || problem.slots < static_cast<int>(problem.loads.size()))
    throw std::invalid_argument("fewer slots than experts, or no ranks");
  return {static_cast<int>(problem.loads.size()), problem.ranks,
          std::vector<std::uint16_t>(static_cast<std::size_t>(problem.slots))};
}

/// Packs replicas, in their order, onto ranks [first, last), which have just as many slots.
void pack(std::span<const Replica> replicas, int first, int last, ExpertPlacement& placement) {
  std::vector<int> room;
  for (int rank = first; rank < last; ++rank) room.push_back(placement.slots_of(rank));
  Bins ranks(room);
  for (std::size_t i = 0; i < replicas.size(); ++i) ranks.put(i, replicas[i].load);
  for (int rank = first; rank < last; ++rank) {
    auto slot = placement.expert_of_slot.begin() + placement.first_slot(rank);
    for (const std::size_t i : ranks.items(static_cast<std::size_t>(rank - first))) *slot++ = replicas[i].expert;
  }
}

std::vector<std::uint16_t> range(int first, int last) {
  std::vector<std::uint16_t> experts(static_cast<std::size_t>(last - first));
  std::iota(experts.begin(), experts.end(), static_cast<std::uint16_t>(first));
  return experts;
}

int islands_of(const PlacementProblem& problem) {
  return (problem.ranks + problem.ranks_per_island - 1) / problem.ranks_per_island;
}

/// Exchanges slots between the busiest rank and others, the best exchange first, while that lowers the busiest load.
class Exchange {
 public:
  Exchange(ExpertPlacement& placement, std::span<const double> loads)
      : placement_(placement), rank_loads_(rank_loads(placement, loads)), slot_load_(placement.expert_of_slot.size()) {
    std::vector<int> replicas(loads.size());
    for (const std::uint16_t expert : placement.expert_of_slot) ++replicas[expert];
    for (std::size_t slot = 0; slot < slot_load_.size(); ++slot) {
      const std::uint16_t expert = placement.expert_of_slot[slot];
      slot_load_[slot] = loads[expert] / replicas[expert];
    }
  }

  /// Exchanges among ranks [first, last).
  void run(int first, int last) {
    while (improve(first, last)) {
    }
  }

 private:
  [[nodiscard]] bool holds(int rank, std::uint16_t expert) const {
    const auto begin = placement_.expert_of_slot.begin();
    return std::find(begin + placement_.first_slot(rank), begin + placement_.first_slot(rank + 1), expert) !=
           begin + placement_.first_slot(rank + 1);
  }

  bool improve(int first, int last) {
    const auto begin = rank_loads_.begin();
    const int busiest = static_cast<int>(std::max_element(begin + first, begin + last) - begin);
    const double most = rank_loads_[static_cast<std::size_t>(busiest)];
    double best = most * (1 - 1e-9);  // rounding must not go round in circles
    std::size_t give = 0;
    std::size_t take = 0;
    int partner = -1;
    for (int other = first; other < last; ++other) {
      if (other == busiest) continue;
      const double load = rank_loads_[static_cast<std::size_t>(other)];
      for (int a = placement_.first_slot(busiest); a < placement_.first_slot(busiest + 1); ++a) {
        for (int b = placement_.first_slot(other); b < placement_.first_slot(other + 1); ++b) {
          const auto mine = static_cast<std::size_t>(a);
          const auto theirs = static_cast<std::size_t>(b);
          const double moved = slot_load_[mine] - slot_load_[theirs];
          const double after = std::max(most - moved, load + moved);
          if (moved <= 0 || after >= best || holds(other, placement_.expert_of_slot[mine]) ||
              holds(busiest, placement_.expert_of_slot[theirs]))
            continue;
          best = after;
          give = mine;
          take = theirs;
          partner = other;
        }
      }
    }
    if (partner < 0) return false;
    const double moved = slot_load_[give] - slot_load_[take];
    rank_loads_[static_cast<std::size_t>(busiest)] -= moved;
    rank_loads_[static_cast<std::size_t>(partner)] += moved;
    std::swap(slot_load_[give], slot_load_[take]);
    std::swap(placement_.expert_of_slot[give], placement_.expert_of_slot[take]);
    return true;
  }

  ExpertPlacement& placement_;
  std::vector<double> rank_loads_;
  std::vector<double> slot_load_;
};

}  // namespace

ExpertPlacement place_eplb(const PlacementProblem& problem) {
  ExpertPlacement placement = without_experts(problem);
  pack(replicate(problem.loads, range(0, placement.experts), problem.slots), 0, problem.ranks, placement);
  return placement;
}

ExpertPlacement place_eplb_hierarchically(const PlacementProblem& problem) {
  const int islands = islands_of(problem);
  const int groups = problem.expert_groups;
  ExpertPlacement placement = without_experts(problem);
  if (groups < 1 || placement.experts % groups != 0 || groups % islands != 0 || problem.ranks % islands != 0 ||
      problem.slots % problem.ranks != 0)
    return place_eplb(problem);
  const int size = placement.experts / groups;
  std::vector<double> group_loads;
  for (int g = 0; g < groups; ++g) {
    const auto begin = problem.loads.begin() + g * size;
    group_loads.push_back(std::accumulate(begin, begin + size, 0.0));
  }
  Bins bins(std::vector<int>(static_cast<std::size_t>(islands), groups / islands));
  for (const Replica& group : replicate(group_loads, range(0, groups), groups)) bins.put(group.expert, group.load);
  for (int island = 0; island < islands; ++island) {
    std::vector<std::uint16_t> experts;
    for (const std::size_t g : bins.items(static_cast<std::size_t>(island)))
      for (const std::uint16_t expert : range(static_cast<int>(g) * size, (static_cast<int>(g) + 1) * size))
        experts.push_back(expert);
    const int ranks = problem.ranks / islands;
    pack(replicate(problem.loads, experts, problem.slots / islands), island * ranks, (island + 1) * ranks, placement);
  }
  return placement;
}

ExpertPlacement place_spread(const PlacementProblem& problem) {
  ExpertPlacement placement = without_experts(problem);
  const int islands = islands_of(problem);
  const std::vector<Replica> replicas = replicate(problem.loads, range(0, placement.experts), problem.slots);
  const auto end_of = [&](int island) { return std::min((island + 1) * problem.ranks_per_island, problem.ranks); };
  std::vector<int> room;
  for (int island = 0; island < islands; ++island)
    room.push_back(placement.first_slot(end_of(island)) - placement.first_slot(island * problem.ranks_per_island));
  Bins bins(room);
  std::vector<std::vector<bool>> has(static_cast<std::size_t>(islands), std::vector<bool>(problem.loads.size()));
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    const std::size_t island =
        bins.put(i, replicas[i].load, [&](std::size_t bin) { return !has[bin][replicas[i].expert]; });
    has[island][replicas[i].expert] = true;
  }
  for (int island = 0; island < islands; ++island) {
    std::vector<Replica> own;
    for (const std::size_t i : bins.items(static_cast<std::size_t>(island))) own.push_back(replicas[i]);
    pack(own, island * problem.ranks_per_island, end_of(island), placement);
  }
  Exchange exchange(placement, problem.loads);
  for (int island = 0; island < islands; ++island) exchange.run(island * problem.ranks_per_island, end_of(island));
  return placement;
}

}  // namespace ringtail
