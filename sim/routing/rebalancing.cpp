#include "routing/rebalancing.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "routing/token_index.hpp"

namespace ringtail {
namespace {

/// Epochs that are kept: ranks of groups that share no token may be some behind. An older one is made again.
constexpr int kept_epochs = 4;

double largest(std::span<const int> values) { return *std::max_element(values.begin(), values.end()); }

}  // namespace

int Rebalancing::epoch_of(int step) const { return floor_quotient(step - parts_.event, parts_.rebalance.every); }

Rebalancing::Epoch& Rebalancing::epoch(int number) {
  const auto [at, is_new] = epochs_.try_emplace(number);
  Epoch& epoch = at->second;
  if (!is_new) return epoch;
  const int begin = first_step(number);
  const Loads past = loads(begin - parts_.rebalance.window, begin);
  std::vector<LayerSlots> layers;
  for (int layer = 0; layer < parts_.layers; ++layer) {
    epoch.placements.push_back(parts_.place(past[static_cast<std::size_t>(layer)], layer));
    layers.emplace_back(epoch.placements.back());
  }
  epoch.slots = {std::move(layers), parts_.replica, parts_.choosing};
  epochs_.erase(epochs_.begin(), epochs_.lower_bound(number - kept_epochs));
  return epoch;
}

const std::vector<ExpertMove>& Rebalancing::moves(int step, int layer) {
  const int number = epoch_of(step);
  Epoch& after = epoch(number);
  if (after.moves.empty()) {
    const Epoch& before = epoch(number - 1);
    for (std::size_t i = 0; i < after.placements.size(); ++i)
      after.moves.push_back(expert_moves(before.placements[i], after.placements[i], parts_.ranks_per_island));
  }
  return after.moves[static_cast<std::size_t>(layer)];
}

Rebalancing::Loads Rebalancing::loads(int first, int last) {
  std::vector<double> sums;
  for (int step = first; step < last; ++step) {
    const auto [at, is_new] = counts_.try_emplace(step);
    if (is_new) at->second = parts_.count(step);
    sums.resize(at->second.size());
    std::transform(sums.begin(), sums.end(), at->second.begin(), sums.begin(), std::plus<>());
  }
  counts_.erase(counts_.begin(), counts_.lower_bound(first - parts_.rebalance.window));  // Windows may overlap.
  const std::size_t experts = sums.size() / static_cast<std::size_t>(parts_.layers);
  Loads result;
  for (auto row = sums.begin(); row != sums.end(); row += static_cast<long>(experts))
    result.emplace_back(row, row + static_cast<long>(experts));
  return result;
}

double Rebalancing::max_over_mean(int epoch_number, const Loads& loads) {
  const std::vector<ExpertPlacement>& placements = epoch(epoch_number).placements;
  double sum = 0;
  for (std::size_t layer = 0; layer < loads.size(); ++layer) {
    const std::vector<double> ranks = rank_loads(placements[layer], loads[layer]);
    const double total = std::accumulate(ranks.begin(), ranks.end(), 0.0);
    sum += *std::max_element(ranks.begin(), ranks.end()) * static_cast<double>(ranks.size()) / total;
  }
  return sum / static_cast<double>(loads.size());
}

void Rebalancing::add_moves(int number, RebalanceSummary& summary) {
  std::size_t slots = 0;
  std::vector<int> received;
  std::vector<int> sent;
  for (int layer = 0; layer < parts_.layers; ++layer) {
    const std::vector<ExpertMove>& moved = moves(first_step(number), layer);
    const ExpertPlacement& placement = epoch(number).placements[static_cast<std::size_t>(layer)];
    received.resize(static_cast<std::size_t>(placement.ranks));
    sent.resize(received.size());
    for (const ExpertMove& move : moved) {
      ++received[static_cast<std::size_t>(move.to)];
      ++sent[static_cast<std::size_t>(move.from)];
    }
    slots += placement.expert_of_slot.size();
  }
  const double total = std::accumulate(received.begin(), received.end(), 0.0);
  summary.moves += total;
  summary.moved_slots += total / static_cast<double>(slots);
  summary.most_received += largest(received);
  summary.most_sent += largest(sent);
}

RebalanceSummary Rebalancing::summary(int first, int last) {
  const auto [every, window] = parts_.rebalance;
  RebalanceSummary sum;
  for (int number = epoch_of(first); first_step(number) < last; ++number) {
    const int begin = first_step(number);
    if (begin < first) continue;
    ++sum.events;
    add_moves(number, sum);
    sum.built_max_over_mean += max_over_mean(number, loads(begin - window, begin));
    sum.stale_max_over_mean += max_over_mean(number - 1, loads(begin - std::min(window, every), begin));
    sum.fresh_max_over_mean += max_over_mean(number, loads(begin, begin + window));
  }
  for (double RebalanceSummary::*const part :
       {&RebalanceSummary::moves, &RebalanceSummary::moved_slots, &RebalanceSummary::most_received,
        &RebalanceSummary::most_sent, &RebalanceSummary::built_max_over_mean, &RebalanceSummary::fresh_max_over_mean,
        &RebalanceSummary::stale_max_over_mean})
    sum.*part /= std::max(sum.events, 1);
  return sum;
}

}  // namespace ringtail
