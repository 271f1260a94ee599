#pragma once

#include <vector>

#include "decode/collective_pool.hpp"
#include "decode/layer_traffic.hpp"

/// MoE dispatch (tokens to their experts) and combine (outputs back to the tokens' owners) of one FFN group in the mode
/// of `spec.collectives.dispatch`; docs/decisions/0005-dispatch-modes.md.
namespace ringtail {

/// The kernels of dispatch and combine.
struct ExchangeClasses {
  KernelClass dispatch, combine;
};

/// Those of the mode if the GPU has them (inter on one island is intra), else those of low latency.
[[nodiscard]] ExchangeClasses exchange_classes(const Kernels& kernels, DispatchMode mode, int islands);

/// What such a kernel pays `per_item` for: in low latency the layer's experts with their replicas, each of which is told
/// how many copies come; in the other modes the `members` but itself, from each of which it hears once.
[[nodiscard]] double exchange_items(KernelClass kernel_class, const Layout& layout, int members);

/// Time of one dispatch and combine in a mode (`estimate` of what uniform routing sends on average, if every rank owns
/// as many tokens), both ways alike. `mode` is not automatic.
Seconds estimate_dispatch(const DecodeSpec& spec, DispatchMode mode);

/// The wanted mode, or the one of least estimated time, with the launches and fixed costs of its kernels: ll, intra on
/// one island, inter on several; ll on a tie.
DispatchMode choose_dispatch(const DecodeSpec& spec);

/// `ll`: NICs and the kernels before and after; the others: SMs that copy all the while.
[[nodiscard]] inline Copier dispatch_copier(DispatchMode mode) {
  return mode == DispatchMode::intra || mode == DispatchMode::inter ? Copier::dispatch : Copier::none;
}

/// Messages of dispatch by member; combine returns one vector for each. A message is a (token, expert) in modes ll and
/// formula, a (token, GPU) in mode intra, a (token, GPU) inside the island and a (token, island) beyond it in mode
/// inter.
struct MessageCounts {
  std::vector<double> sent;       ///< By the tokens' owner, also to itself.
  std::vector<double> arrived;    ///< For the rank's own experts, in the last hop.
  std::vector<double> relayed;    ///< inter: that came over the fabric to be forwarded.
  std::vector<double> forwarded;  ///< inter: that were made of them, one per GPU, also the rank itself.
};

MessageCounts count_messages(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic);

/// To each member also goes one flag per expert or replica it holds that says how many copies come; a receiver waits
/// for the flags even if no copy comes. ll, intra: one round; inter: exchanges for StreamWriter::relay; formula: no
/// flags, the formula's time for what each rank sends on average.
CollectivePlan dispatch_plan(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic);

/// The dispatch's ways backwards. ll: one unreduced vector per copy; intra: outputs are added up on each GPU, inter:
/// also where the rail enters the island.
CollectivePlan combine_plan(const DecodeSpec& spec, const TokenMap& map, const LayerTraffic& traffic);

}  // namespace ringtail
