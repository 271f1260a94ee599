#include <algorithm>

#include "decode/dispatch.hpp"
#include "decode/expected_traffic.hpp"
#include "parallel/messages.hpp"
#include "platform/roofline.hpp"

namespace ringtail {
namespace {

/// What is expected to go from each member of an FFN group to each other in one hop; in bytes.
class ExpectedHops {
 public:
  ExpectedHops(const DecodeSpec& spec, DispatchMode mode, Bytes message) : map_(spec, 0), moe_(*spec.model.moe) {
    held_ = static_cast<double>(moe_.experts) / map_.ep_ranks;
    owned_ = message * spec.layout.tokens() / spec.layout.ranks();
    to_gpu_ = owned_ *
              (mode == DispatchMode::ll ? moe_.experts_per_token * held_ / moe_.experts : hit_probability(moe_, held_));
  }

  [[nodiscard]] int islands() const { return map_.islands(); }

  /// Straight from owner to holder, everywhere or inside islands.
  [[nodiscard]] Round direct(bool inside_islands) const {
    Round round(map_.ranks.size());
    for (int owner = 0; owner < map_.members(); ++owner)
      for (int holder = 0; holder < map_.members(); ++holder)
        if (!inside_islands || map_.island_of(owner) == map_.island_of(holder)) add(round, owner, holder, to_gpu_);
    return round;
  }

  /// Over the fabric, from owner to relay.
  [[nodiscard]] Round crossing() const {
    Round round(map_.ranks.size());
    map_.for_each_relay([&](int owner, int relay, int island) {
      const auto gpus = static_cast<double>(map_.members_on(island).size());
      add(round, owner, relay, owned_ * hit_probability(moe_, std::min<double>(moe_.experts, held_ * gpus / map_.tp)));
    });
    return round;
  }

  /// Inside islands, `share` of what relays pass on.
  [[nodiscard]] Round forwarded(double share) const {
    Round round(map_.ranks.size());
    map_.for_each_relay([&](int, int relay, int island) {
      for (const int holder : map_.members_on(island)) add(round, relay, holder, share * to_gpu_);
    });
    return round;
  }

 private:
  static void add(Round& round, int src, int dst, Bytes bytes) {
    if (src != dst && bytes > 0) round[static_cast<std::size_t>(src)].push_back({dst, bytes});
  }

  TokenMap map_;
  const Moe& moe_;
  double held_;   ///< Experts of one GPU.
  Bytes owned_;   ///< Of the messages of a rank's tokens, one each.
  Bytes to_gpu_;  ///< From a rank to each other.
};

/// Both rounds at once.
Round together(Round round, const Round& other) {
  for (std::size_t i = 0; i < round.size(); ++i) round[i].insert(round[i].end(), other[i].begin(), other[i].end());
  return round;
}

/// What the kernels of dispatch and combine take beside transfers, however much these are.
Seconds fixed_time(const DecodeSpec& spec, DispatchMode mode, const TokenMap& map) {
  const ExchangeClasses classes = exchange_classes(spec.gpu.kernels, mode, map.islands());
  Seconds seconds = 0;
  for (const KernelClass each : {classes.dispatch, classes.combine})
    seconds +=
        roofline({each, spec.precision.activations, 0, 0, exchange_items(each, spec.layout, map.members())}, spec.gpu)
            .overhead;
  return seconds;
}

}  // namespace

ExchangeClasses exchange_classes(const Kernels& kernels, DispatchMode mode, int islands) {
  const ExchangeClasses usual{KernelClass::dispatch, KernelClass::combine};
  if (dispatch_copier(mode) == Copier::none) return usual;
  const ExchangeClasses own = islands == 1 ? ExchangeClasses{KernelClass::intra_dispatch, KernelClass::intra_combine}
                                           : ExchangeClasses{KernelClass::inter_dispatch, KernelClass::inter_combine};
  return {kernels.stays(own.dispatch) ? own.dispatch : usual.dispatch,
          kernels.stays(own.combine) ? own.combine : usual.combine};
}

double exchange_items(KernelClass kernel_class, const Layout& layout, int members) {
  const bool is_low_latency = kernel_class == KernelClass::dispatch || kernel_class == KernelClass::combine;
  return is_low_latency ? layout.expert_slots() : members - 1;
}

Seconds estimate_dispatch(const DecodeSpec& spec, DispatchMode mode) {
  const Group group{*spec.wiring, spec.layout.ffn_group(0), spec.layout.ffn_groups(), dispatch_copier(mode)};
  Seconds seconds = 0;
  for (const Bytes message :
       {dispatch_message(spec.model, spec.precision.dispatch), combine_message(spec.model, spec.precision.combine)}) {
    const ExpectedHops hops(spec, mode, message);
    if (mode != DispatchMode::inter || hops.islands() == 1) {
      seconds += estimate({hops.direct(false)}, group);
      continue;
    }
    // The hops of different chunks overlap; the last chunk's second does not.
    seconds += std::max(estimate({hops.crossing()}, group),
                        estimate({together(hops.direct(true), hops.forwarded(1))}, group)) +
               estimate({hops.forwarded(1.0 / spec.collectives.dispatch_chunks)}, group);
  }
  return seconds;
}

DispatchMode choose_dispatch(const DecodeSpec& spec) {
  if (spec.collectives.dispatch != DispatchMode::automatic) return spec.collectives.dispatch;
  const auto& groups = spec.layout.ffn_groups();
  const bool one_island = std::all_of(groups.begin(), groups.end(), [&](const auto& ranks) {
    return Group{*spec.wiring, ranks, groups}.on_one_island();
  });
  const DispatchMode other = one_island ? DispatchMode::intra : DispatchMode::inter;
  const TokenMap map(spec, 0);
  const auto time = [&](DispatchMode mode) { return estimate_dispatch(spec, mode) + fixed_time(spec, mode, map); };
  return time(other) < time(DispatchMode::ll) ? other : DispatchMode::ll;
}

}  // namespace ringtail
