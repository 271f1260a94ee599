#include "decode/dispatch.hpp"

#include <algorithm>
#include <utility>

#include "collectives/formula.hpp"
#include "parallel/messages.hpp"

namespace ringtail {
namespace {

/// DeepEP's dispatch ends with one int32 per (expert, source) that carries the number of tokens
/// (github.com/deepseek-ai/DeepEP csrc/kernels/internode_ll.cu).
constexpr Bytes count_flag_bytes = 4;

/// Messages that go straight from owner to holder: tokens in modes intra and inter, else copies.
const OwnerCounts& direct_counts(const DecodeSpec& spec, const LayerTraffic& traffic) {
  const DispatchMode mode = spec.collectives.dispatch;
  return mode == DispatchMode::intra || mode == DispatchMode::inter ? traffic.tokens_to_ep_rank
                                                                    : traffic.copies_to_ep_rank;
}

/// Bytes between owners and those with whom they exchange messages, both ways of looking at it: dispatch sends from
/// first to second, combine from second to first.
class Hop {
 public:
  Hop(std::size_t ranks, bool is_combine) : round_(ranks), is_combine_(is_combine) {}

  void add(int owner_side, int holder_side, Bytes bytes) {
    if (owner_side == holder_side || bytes <= 0) return;
    const int src = is_combine_ ? holder_side : owner_side;
    const int dst = is_combine_ ? owner_side : holder_side;
    round_[static_cast<std::size_t>(src)].push_back({dst, bytes});
  }

  [[nodiscard]] Round take() { return std::move(round_); }

 private:
  Round round_;
  bool is_combine_;
};

/// What a message and a flag weigh in one direction.
struct Sizes {
  Bytes message = 0;
  Bytes flag = 0;
  bool is_combine = false;
};

/// To each member: a flag per slot that it has.
std::vector<Bytes> flags_by_member(const DecodeSpec& spec, const TokenMap& map, const Sizes& sizes) {
  std::vector<Bytes> flags;
  for (const int rank : map.ranks) flags.push_back(spec.layout.slots_of(rank).count * sizes.flag);
  return flags;
}

/// Between each owner and each rank, or only those of its island.
Round direct_hop(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic, const Sizes& sizes,
                 bool inside_islands) {
  const OwnerCounts& counts = direct_counts(spec, traffic);
  const std::vector<Bytes> flags = flags_by_member(spec, map, sizes);
  Hop hop(map.ranks.size(), sizes.is_combine);
  for (int owner = 0; owner < map.members(); ++owner) {
    const auto add = [&](int holder) {
      hop.add(owner, holder, counts(owner, holder / map.tp) * sizes.message + flags[static_cast<std::size_t>(holder)]);
    };
    if (inside_islands)
      for (const int holder : map.members_on(map.island_of(owner))) add(holder);
    else
      for (int holder = 0; holder < map.members(); ++holder) add(holder);
  }
  return hop.take();
}

/// Over the fabric, between owners and relays: one chunk's share.
Round fabric_hop(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic, const Sizes& sizes) {
  const std::vector<Bytes> flags = flags_by_member(spec, map, sizes);
  std::vector<Bytes> island_flags(static_cast<std::size_t>(map.islands()));
  for (int member = 0; member < map.members(); ++member)
    island_flags[static_cast<std::size_t>(map.island_of(member))] += flags[static_cast<std::size_t>(member)];
  Hop hop(map.ranks.size(), sizes.is_combine);
  map.for_each_relay([&](int owner, int relay, int island) {
    const Bytes bytes =
        traffic.tokens_to_island(owner, island) * sizes.message + island_flags[static_cast<std::size_t>(island)];
    hop.add(owner, relay, bytes / spec.collectives.dispatch_chunks);
  });
  return hop.take();
}

/// Inside the islands, between relays and holders: one chunk's share.
Round island_hop(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic, const Sizes& sizes) {
  const std::vector<Bytes> flags = flags_by_member(spec, map, sizes);
  std::vector<std::vector<Bytes>> bytes;  // [relay][i]: to member i of its island
  for (const int island : map.island_of_member) bytes.emplace_back(map.members_on(island).size());
  map.for_each_relay([&](int owner, int relay, int island) {
    const std::vector<int>& holders = map.members_on(island);
    std::vector<Bytes>& of_relay = bytes[static_cast<std::size_t>(relay)];
    for (std::size_t i = 0; i < holders.size(); ++i)
      of_relay[i] += traffic.tokens_to_ep_rank(owner, holders[i] / map.tp) * sizes.message +
                     flags[static_cast<std::size_t>(holders[i])];
  });
  Hop hop(map.ranks.size(), sizes.is_combine);
  for (int relay = 0; relay < map.members(); ++relay) {
    const std::vector<int>& holders = map.members_on(map.island_of(relay));
    for (std::size_t i = 0; i < holders.size(); ++i)
      hop.add(relay, holders[i], bytes[static_cast<std::size_t>(relay)][i] / spec.collectives.dispatch_chunks);
  }
  return hop.take();
}

/// Takes the formula's time for the copies of one rank, on average.
CollectivePlan formula_plan(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic, Bytes message) {
  double copies = 0;
  for (int owner = 0; owner < map.members(); ++owner)
    for (int holder = 0; holder < map.members(); ++holder) copies += traffic.copies_to_ep_rank(owner, holder / map.tp);
  const Seconds seconds =
      formula_exchange(copies / map.members() * message, {*spec.wiring, map.ranks, spec.layout.ffn_groups()});
  return timed_plan(map.ranks, seconds);
}

CollectivePlan plan(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic, const Sizes& sizes) {
  if (spec.collectives.dispatch == DispatchMode::formula) return formula_plan(spec, map, traffic, sizes.message);
  const Copier copier = dispatch_copier(spec.collectives.dispatch);
  if (spec.collectives.dispatch != DispatchMode::inter)
    return make_plan(map.ranks, {direct_hop(spec, map, traffic, sizes, false)}, copier);
  std::vector<Round> exchanges = {direct_hop(spec, map, traffic, sizes, true)};
  if (map.islands() > 1) {
    const auto chunks = static_cast<std::size_t>(spec.collectives.dispatch_chunks);
    Round fabric = fabric_hop(spec, map, traffic, sizes);
    Round island = island_hop(spec, map, traffic, sizes);
    if (sizes.is_combine) std::swap(fabric, island);  // What is now in `fabric` comes first.
    exchanges.insert(exchanges.end(), chunks, fabric);
    exchanges.insert(exchanges.end(), chunks, island);
  }
  return make_plan(map.ranks, exchanges, copier);
}

}  // namespace

MessageCounts count_messages(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic) {
  const std::vector<double> none(map.ranks.size());
  MessageCounts counts{none, none, none, none};
  const OwnerCounts& direct = direct_counts(spec, traffic);
  const bool relays = spec.collectives.dispatch == DispatchMode::inter;
  for (int owner = 0; owner < map.members(); ++owner) {
    for (int holder = 0; holder < map.members(); ++holder) {
      const double messages = direct(owner, holder / map.tp);
      counts.arrived[static_cast<std::size_t>(holder)] += messages;
      if (!relays || map.island_of(owner) == map.island_of(holder))
        counts.sent[static_cast<std::size_t>(owner)] += messages;
      else
        counts.forwarded[static_cast<std::size_t>(map.on_rail(owner, map.island_of(holder)))] += messages;
    }
  }
  if (!relays) return counts;
  map.for_each_relay([&](int owner, int relay, int island) {
    const double messages = traffic.tokens_to_island(owner, island);
    counts.sent[static_cast<std::size_t>(owner)] += messages;
    counts.relayed[static_cast<std::size_t>(relay)] += messages;
  });
  return counts;
}

CollectivePlan dispatch_plan(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic) {
  return plan(spec, map, traffic, {dispatch_message(spec.model, spec.precision.dispatch), count_flag_bytes, false});
}

CollectivePlan combine_plan(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic) {
  return plan(spec, map, traffic, {combine_message(spec.model, spec.precision.combine), 0, true});
}

}  // namespace ringtail
