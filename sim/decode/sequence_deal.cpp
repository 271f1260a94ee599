#include "decode/sequence_deal.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

#include "decode/length_law.hpp"

namespace ringtail {
namespace {

std::vector<int> round_robin(std::size_t sequences, int groups) {
  std::vector<int> group_of;
  group_of.reserve(sequences);
  const auto of_each = static_cast<int>(sequences) / groups;
  const auto with_one_more = static_cast<int>(sequences) % groups;
  for (int group = 0; group < groups; ++group)
    group_of.insert(group_of.end(), static_cast<std::size_t>(of_each + (group < with_one_more ? 1 : 0)), group);
  return group_of;
}

std::vector<int> random(std::size_t sequences, int groups, const RandomStream& stream) {
  std::vector<int> group_of(sequences);
  for (std::size_t id = 0; id < sequences; ++id) {
    const double u = open_unit(stream.block({0, static_cast<std::uint32_t>(id), 0, 0}));
    group_of[id] = std::min(groups - 1, static_cast<int>(u * groups));
  }
  return group_of;
}

std::vector<int> least_loaded(std::span<const int> lengths, int groups) {
  using Load = std::pair<std::int64_t, int>;  // cached tokens, group
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (int group = 0; group < groups; ++group) loads.emplace(0, group);
  std::vector<int> group_of;
  for (const int length : lengths) {
    const auto [load, group] = loads.top();
    loads.pop();
    loads.emplace(load + length, group);
    group_of.push_back(group);
  }
  return group_of;
}

std::vector<int> groups_of(Assignment assignment, std::span<const int> lengths, int groups,
                           const RandomStream& stream) {
  switch (assignment) {
    case Assignment::round_robin: break;
    case Assignment::random: return random(lengths.size(), groups, stream);
    case Assignment::least_loaded: return least_loaded(lengths, groups);
  }
  return round_robin(lengths.size(), groups);
}

}  // namespace

SequenceDeal deal_sequences(Assignment assignment, std::span<const int> lengths, int groups,
                            const RandomStream& stream) {
  const std::vector<int> group_of = groups_of(assignment, lengths, groups, stream);
  SequenceDeal deal{std::vector<int>(static_cast<std::size_t>(groups)), std::vector<std::uint32_t>(lengths.size()),
                    std::vector<int>(lengths.size())};
  for (const int group : group_of) ++deal.of_group[static_cast<std::size_t>(group)];
  std::vector<int> next(deal.of_group.size());  // place of each group
  std::exclusive_scan(deal.of_group.begin(), deal.of_group.end(), next.begin(), 0);
  for (std::size_t id = 0; id < lengths.size(); ++id) {
    const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(group_of[id])]++);
    deal.ids[place] = static_cast<std::uint32_t>(id);
    deal.contexts[place] = lengths[id];
  }
  return deal;
}

std::shared_ptr<const SequenceDeal> deal_of(const Decode& decode, int batch_total, int groups, std::uint64_t seed,
                                            int replication) {
  if (decode.is_even()) return nullptr;
  const std::vector<int> lengths =
      draw_lengths(LengthLaw(decode.context), RandomStream(seed, replication, length_stream), batch_total);
  return std::make_shared<const SequenceDeal>(
      deal_sequences(decode.assignment, lengths, groups, RandomStream(seed, replication, assignment_stream)));
}

}  // namespace ringtail
