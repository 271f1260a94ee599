#include "routing/expert_slots.hpp"

#include <algorithm>
#include <cstddef>

#include "routing/capacity.hpp"

namespace ringtail {
namespace {

/// Number 0 .. n - 1 of a random word.
std::size_t pick(std::uint32_t word, std::size_t n) { return (std::uint64_t{word} * n) >> 32; }

/// Any replica on the island, or any at all if none is there.
std::uint16_t nearest(const LayerSlots& layer, std::span<const std::uint16_t> replicas,
                      std::span<const std::uint32_t> island_of_ranks, std::uint32_t island, std::uint32_t word) {
  const auto is_near = [&](std::uint16_t slot) { return island_of_ranks[layer.rank_of_slot[slot]] == island; };
  const auto near = static_cast<std::size_t>(std::count_if(replicas.begin(), replicas.end(), is_near));
  if (near == 0) return replicas[pick(word, replicas.size())];
  std::size_t skip = pick(word, near);
  const auto found =
      std::find_if(replicas.begin(), replicas.end(), [&](std::uint16_t slot) { return is_near(slot) && skip-- == 0; });
  return *found;
}

std::uint16_t least_loaded(const LayerSlots& layer, std::span<const std::uint16_t> replicas,
                           std::span<const int> rank_copies) {
  return *std::min_element(replicas.begin(), replicas.end(), [&](std::uint16_t a, std::uint16_t b) {
    return rank_copies[layer.rank_of_slot[a]] < rank_copies[layer.rank_of_slot[b]];
  });
}

}  // namespace

LayerSlots::LayerSlots(const ExpertPlacement& placement)
    : expert_of_slot(placement.expert_of_slot), is_redundant_(placement.slots() > placement.experts) {
  std::vector<std::vector<std::uint16_t>> by_expert(static_cast<std::size_t>(placement.experts));
  for (std::size_t slot = 0; slot < expert_of_slot.size(); ++slot)
    by_expert[expert_of_slot[slot]].push_back(static_cast<std::uint16_t>(slot));
  for (const auto& own : by_expert) {
    first_.push_back(static_cast<std::uint32_t>(slot_.size()));
    slot_.insert(slot_.end(), own.begin(), own.end());
  }
  first_.push_back(static_cast<std::uint32_t>(slot_.size()));
  for (int rank = 0; rank < placement.ranks; ++rank)
    rank_of_slot.insert(rank_of_slot.end(), static_cast<std::size_t>(placement.slots_of(rank)),
                        static_cast<std::uint32_t>(rank));
}

void LayerSlots::choose(ReplicaChoice replica, WordBatch batch, const TokenOrigins& tokens,
                        std::span<std::uint16_t> chosen) const {
  if (!is_redundant_) {
    for (std::uint16_t& copy : chosen)
      if (copy != dropped_expert) copy = slot_[copy];
    return;
  }
  std::vector<int> rank_copies(tokens.island_of_ranks.size());
  const std::size_t count = tokens.sequences.size();
  const std::size_t k = count > 0 ? chosen.size() / count : 0;
  for (std::size_t first = 0; first < count; first += WordBatch::lanes) {
    const std::size_t last = std::min(first + WordBatch::lanes, count);
    batch.fill(tokens.sequences.subspan(first, last - first));
    for (std::size_t token = first; token < last; ++token) {
      WordBatch::Cursor words(batch, token - first);
      for (std::uint16_t& copy : chosen.subspan(token * k, k)) {
        const std::uint32_t word = words.next();
        if (copy == dropped_expert) continue;
        const std::span<const std::uint16_t> replicas = slots_of(copy);
        if (replicas.size() == 1)
          copy = replicas.front();
        else if (replica == ReplicaChoice::nearest)
          copy = nearest(*this, replicas, tokens.island_of_ranks, tokens.island_of_ranks[tokens.ranks[token]], word);
        else if (replica == ReplicaChoice::least_loaded_oracle)
          copy = least_loaded(*this, replicas, rank_copies);
        else
          copy = replicas[pick(word, replicas.size())];
        ++rank_copies[rank_of_slot[copy]];
      }
    }
  }
}

void ExpertSlots::choose(int moe_layer, int step, const TokenOrigins& tokens, std::span<std::uint16_t> chosen) const {
  if (layers_.empty()) return;
  layers_[static_cast<std::size_t>(moe_layer)].choose(
      replica_, WordBatch(stream_, moe_layer, static_cast<std::uint32_t>(step)), tokens, chosen);
}

std::span<const std::uint16_t> ExpertSlots::expert_of_slot(int moe_layer) const {
  if (layers_.empty()) return {};
  return layers_[static_cast<std::size_t>(moe_layer)].expert_of_slot;
}

}  // namespace ringtail
