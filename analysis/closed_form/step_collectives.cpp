#include "closed_form/step_collectives.hpp"

#include <algorithm>

#include "closed_form/islands.hpp"
#include "parallel/messages.hpp"

namespace ringtail::closed_form {
namespace {

constexpr double hidden_part_of_moe = 0.1;  // FIT to table 5, with alpha = 2.2 us.
constexpr Bytes candidate_bytes = 8;        // A sampling candidate, as in sim/decode/head_block.cpp.

/// The collectives of one system, times of one call.
class Calls {
 public:
  Calls(const System& system, const Switches& switches) : system_(system), switches_(switches) {}

  [[nodiscard]] Seconds gather(const RankGroup& group, Bytes bytes) const {
    const Spread spread = spread_in(group);
    const Seconds ring = ring_gather(group.ranks, bytes, ring_link(spread, system_.platform));
    const Seconds direct =
        direct_gather(spread, bytes, island_link(system_.platform, spread.inside - 1), fabric_link(system_.platform));
    switch (switches_.gathers) {
      case Gathers::ring: return ring;
      case Gathers::direct: return direct;
      case Gathers::best: break;
    }
    return std::min(ring, direct);
  }
  [[nodiscard]] Seconds all_reduce(const RankGroup& group, Bytes bytes) const {
    return 2 * gather(group, bytes);  // Reduce-scatter and all-gather, as ring_all_reduce.
  }
  [[nodiscard]] Seconds exchange(const RankGroup& group, Bytes bytes) const {
    const Spread spread = spread_in(group);
    return all_to_all(spread, bytes, island_link(system_.platform, spread.inside - 1), fabric_link(system_.platform));
  }
  /// The hops of a ring that each pass `bytes` on.
  [[nodiscard]] Seconds hops(const RankGroup& group, Bytes bytes) const {
    return (group.ranks - 1) * ring_link(spread_in(group), system_.platform).time(bytes);
  }
  /// Dispatch or combine of `batch` tokens in all, a message for each (token, expert).
  [[nodiscard]] Seconds moe(const RankGroup& group, double batch, Bytes message) const {
    if (group.ranks == 1) return 0;
    const double copies = static_cast<double>(system_.model.moe->experts_per_token) * system_.parallelism.ffn.tp;
    if (switches_.all_to_all == AllToAllVolume::batch)
      return island_link(system_.platform, 1).time(batch * system_.model.moe->experts_per_token * message);
    return exchange(group, batch / system_.gpus * copies * message);
  }

 private:
  [[nodiscard]] Spread spread_in(const RankGroup& group) const {
    return switches_.islands == Islands::primary ? Spread{group.ranks, group.ranks}
                                                 : spread_of(group, system_.platform);
  }

  const System& system_;
  const Switches& switches_;
};

/// The hops of context parallelism's rings in all layers (sim/decode/cp_ring.hpp).
Seconds ring_seconds(const System& system, const Calls& calls, double batch) {
  const AttentionParallelism& attention = system.parallelism.attention;
  if (attention.cp == 1) return 0;
  const RankGroup cp{attention.cp, attention.tp};
  if (attention.cp_ring == CpRing::pass_q) {
    const Bytes query = query_message(system.model, system.precision.activations, attention.tp);
    return system.model.layers * calls.hops(cp, batch / attention.token_groups() * query);
  }
  Seconds seconds = 0;
  for (int layer = 0; layer < system.model.layers; ++layer) {
    const double held = static_cast<double>(system.model.attended_tokens(layer, system.context)) / attention.cp;
    const Bytes part = batch / attention.dp * held * cache_message(system.model, system.precision.kv, attention.tp);
    seconds += calls.hops(cp, part);
  }
  return seconds;
}

}  // namespace

std::vector<Collective> step_collectives(const System& system, const Switches& switches, double batch) {
  const Calls calls(system, switches);
  const auto& [attention, ffn, pipeline, order] = system.parallelism;
  const RankGroup tp{attention.tp, 1};
  const RankGroup kvp{attention.kvp, attention.tp};
  const RankGroup cp{attention.cp, attention.tp};
  const RankGroup group{attention.token_group_ranks(), 1};
  const RankGroup ffn_tp{ffn.tp, 1};
  const RankGroup moe_group{ffn.group_ranks(), 1};

  const Bytes hidden = hidden_message(system.model, system.precision.activations);
  const double sequences = batch / attention.token_groups();
  const double ffn_tokens = batch * ffn.tp / system.gpus;
  const Bytes partial = partial_attention_message(system.model, system.precision.activations, attention.tp);
  const double layers = system.model.layers;
  const double moe_layers = system.model.moe_layers();
  const double dense_layers = layers - moe_layers;
  const double plain = system.parallelism.is_plain_tensor_parallel() ? dense_layers : 0;  // Layers that all-reduce.

  std::vector<Collective> all;
  const auto add = [&](std::string_view family, Phase phase, double calls_per_step, Seconds seconds,
                       CollectiveKind kind = CollectiveKind::gather) {
    if (calls_per_step * seconds > 0) all.push_back({family, phase, kind, calls_per_step * seconds});
  };
  const Phase in_attention = Phase::attention;
  const Phase in_ffn = Phase::ffn;
  add("embedding_all_reduce", in_attention, 1, calls.all_reduce(group, sequences * hidden));
  add("kvp_exchange", in_attention, layers, calls.exchange(kvp, sequences * partial), CollectiveKind::exchange);
  add("cp_ring", in_attention, 1, ring_seconds(system, calls, batch));
  if (attention.cp > 1 && attention.cp_ring == CpRing::pass_q)
    add("cp_return", in_attention, layers, calls.exchange(cp, batch / attention.dp * partial),
        CollectiveKind::exchange);
  add("attention_all_reduce", in_attention, plain, calls.all_reduce(tp, sequences * hidden));
  add("attention_reduce_scatter", in_attention, layers - plain, calls.gather(tp, sequences / attention.kvp * hidden));
  add("ffn_all_gather", in_ffn, dense_layers - plain, calls.gather(ffn_tp, ffn_tokens * hidden));
  add("ffn_all_reduce", in_ffn, plain, calls.all_reduce(ffn_tp, ffn_tokens * hidden));
  add("ffn_reduce_scatter", in_ffn, dense_layers - plain, calls.gather(ffn_tp, ffn_tokens * hidden));
  if (system.model.moe) {
    const Precision& precision = system.precision;
    add("dispatch", in_ffn, moe_layers, calls.moe(moe_group, batch, dispatch_message(system.model, precision.dispatch)),
        CollectiveKind::moe);
    add("combine", in_ffn, moe_layers, calls.moe(moe_group, batch, combine_message(system.model, precision.combine)),
        CollectiveKind::moe);
  }
  add("token_all_gather", in_ffn, layers - plain, calls.gather(group, sequences * hidden));
  add("sampling_all_gather", in_ffn, 1, calls.gather(group, sequences * candidate_bytes * group.ranks));
  return all;
}

Seconds exposed_communication(const std::vector<Collective>& collectives, Windows windows, const Roofline& attention,
                              const Roofline& ffn) {
  Seconds in_attention = 0;  // What may hide in each phase,
  Seconds in_ffn = 0;
  Seconds charged = 0;  // and what may not.
  for (const Collective& c : collectives) {
    const bool hides = windows == Windows::all || (windows == Windows::ring && c.kind == CollectiveKind::gather);
    const bool hides_a_part = windows == Windows::ring && c.kind == CollectiveKind::moe;
    if (hides)
      (c.phase == Phase::attention ? in_attention : in_ffn) += c.seconds;
    else
      charged += hides_a_part ? (1 - hidden_part_of_moe) * c.seconds : c.seconds;
  }
  return charged + exposed(in_attention, attention.bound()) + exposed(in_ffn, ffn.bound());
}

}  // namespace ringtail::closed_form
