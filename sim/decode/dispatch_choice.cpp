#include <algorithm>

#include "decode/dispatch.hpp"
#include "parallel/messages.hpp"

namespace ringtail {
namespace {

/// Probability that at least one of a token's k experts, drawn uniformly of E, is among `held`: 1 - C(E-held, k) / C(E,
/// k).
double hit(const Moe& moe, double held) {
  double missed = 1;
  for (int i = 0; i < moe.experts_per_token; ++i) missed *= std::max(0.0, moe.experts - held - i) / (moe.experts - i);
  return 1 - missed;
}

Seconds time_on(const Tier& tier, Bytes bytes) { return bytes > 0 ? tier.latency + bytes / tier.bandwidth : 0; }

}  // namespace

Seconds estimate_dispatch(const DecodeSpec& spec, DispatchMode mode) {
  const Moe& moe = *spec.model.moe;
  const Tiers& tiers = spec.tiers;
  const double ranks = spec.layout.ranks();
  const double island = std::min<double>(tiers.island_size, ranks);
  const double others = ranks - island;
  Tier within = tiers.island;
  if (tiers.mesh) within.bandwidth *= std::max(1.0, island - 1);  // Uniform routing loads the links to all peers alike.
  const double tokens = spec.layout.batch_total() / ranks;
  const double held = static_cast<double>(moe.experts) / spec.layout.parallelism().ffn.ep;  // By one GPU.
  const double to_gpu =
      tokens * (mode == DispatchMode::ll ? moe.experts_per_token * held / moe.experts : hit(moe, held));
  Seconds seconds = 0;
  for (const Bytes message :
       {dispatch_message(spec.model, spec.precision.dispatch), combine_message(spec.model, spec.precision.combine)}) {
    const Bytes direct = (island - 1) * to_gpu * message;
    if (mode != DispatchMode::inter || others == 0) {
      seconds += std::max(time_on(within, direct), time_on(tiers.fabric, others * to_gpu * message));
      continue;
    }
    // Each relay serves one owner of each other island. The hops of different chunks overlap; the last chunk's second
    // does not.
    const double held_by_island = std::min<double>(moe.experts, held * island / spec.layout.parallelism().ffn.tp);
    const Bytes crossing = (ranks / island - 1) * tokens * hit(moe, held_by_island) * message;
    const Bytes forwarded = (ranks / island - 1) * (island - 1) * to_gpu * message;
    seconds += std::max(time_on(tiers.fabric, crossing), time_on(within, direct + forwarded)) +
               time_on(within, forwarded / spec.collectives.dispatch_chunks);
  }
  return seconds;
}

DispatchMode choose_dispatch(const DecodeSpec& spec) {
  if (spec.collectives.dispatch != DispatchMode::automatic) return spec.collectives.dispatch;
  const bool one_island = spec.layout.ranks() <= spec.tiers.island_size;
  const DispatchMode other = one_island ? DispatchMode::intra : DispatchMode::inter;
  return estimate_dispatch(spec, other) < estimate_dispatch(spec, DispatchMode::ll) ? other : DispatchMode::ll;
}

}  // namespace ringtail
