#include "decode/cp_ring.hpp"

#include <algorithm>
#include <utility>

#include "collectives/formula.hpp"
#include "parallel/messages.hpp"

namespace ringtail {
namespace {

/// What sets out from `member`, for the heads of one TP rank.
Bytes bytes_from(const StreamWriter& writer, int member) {
  const DecodeSpec& spec = writer.spec();
  const AttentionParallelism& attention = spec.layout.parallelism().attention;
  if (attention.cp_ring == CpRing::pass_q)
    return spec.group_tokens(member) * query_message(spec.model, spec.precision.activations, attention.tp);
  const double sequences = spec.ring_tokens(member) / spec.layout.tokens_per_sequence();
  const double held = spec.cached_tokens(member, spec.model.attended_tokens(writer.model_layer(), spec.context));
  return sequences * held * cache_message(spec.model, spec.precision.kv, attention.tp);
}

/// The place `back` places before place `at` of a ring of `size`.
std::size_t places_back(std::size_t at, std::size_t back, std::size_t size) { return (at + size - back) % size; }

/// Hop `hop`: each member sends what it holds in that round to the next.
CollectivePlan hop_plan(const StreamWriter& writer, const std::vector<int>& ring, std::size_t hop) {
  const std::size_t size = ring.size();
  Round round(size);
  Bytes largest = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const Bytes bytes = bytes_from(writer, ring[places_back(i, hop, size)]);
    if (bytes > 0) round[i].push_back({static_cast<int>((i + 1) % size), bytes});
    largest = std::max(largest, bytes);
  }
  const DecodeSpec& spec = writer.spec();
  if (!spec.effects.collective_algorithms && largest > 0)
    return timed_plan(ring, formula_hop(largest, {*spec.wiring, ring, spec.layout.cache_groups()}));
  return make_plan(ring, {round}, Copier::dense);
}

}  // namespace

void write_cp_ring(StreamWriter& writer, const std::function<void(int member)>& attend) {
  const auto& ring = writer.spec().layout.cache_group(writer.rank());
  const std::size_t size = ring.size();
  const auto own = static_cast<std::size_t>(writer.spec().layout.cp_index(writer.rank()));
  for (std::size_t hop = 0; hop < size; ++hop) {
    InFlight under_way;
    if (hop + 1 < size)
      under_way = writer.begin_exchange(
          Family::cp_ring, ring, [&] { return hop_plan(writer, ring, hop); }, static_cast<int>(hop));
    if (!writer.spec().effects.overlap) writer.finish(std::exchange(under_way, {}));
    attend(ring[places_back(own, hop, size)]);
    writer.finish(under_way);
  }
}

}  // namespace ringtail
