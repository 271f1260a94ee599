#include <algorithm>

#include "decode/blocks.hpp"
#include "model/weights.hpp"
#include "parallel/messages.hpp"

namespace ringtail {
namespace {

constexpr Bytes score_bytes = 4;       // The router's scores are fp32,
constexpr Bytes choice_bytes = 4 + 4;  // a choice is an int32 expert and an fp32 weight.

/// Copies that a rank computes, and what they cost.
struct ExpertLoad {
  double copies = 0;
  double padded_copies = 0;  ///< Each touched slot's copies rounded up to the tile.
  double touched = 0;        ///< Slots with at least one copy: their weights are read.
  double held = 0;           ///< All slots of the rank.
};

ExpertLoad load_of(const DecodeSpec& spec, const LayerTraffic& traffic, int rank) {
  const int tile = spec.gpu.kernels.of(KernelClass::grouped_gemm, spec.precision.of_experts()).tile;
  const SlotRange held = spec.layout.slots_of(rank);
  if (traffic.expected) {
    const auto [copies, touched] = *traffic.expected;
    return {copies, touched > 0 ? touched * padded(copies / touched, tile) : 0, touched,
            static_cast<double>(held.count)};
  }
  int copies = 0, padded_copies = 0, touched = 0;
  for (int slot = held.first; slot < held.first + held.count; ++slot) {
    const int of_slot = traffic.copies_of_slot[static_cast<std::size_t>(slot)];
    copies += of_slot;
    padded_copies += padded(of_slot, tile);
    touched += of_slot > 0 ? 1 : 0;
  }
  return {static_cast<double>(copies), static_cast<double>(padded_copies), static_cast<double>(touched),
          static_cast<double>(held.count)};
}

/// One product per touched slot, in one launch; launched also if no token has come, since the host does not know.
void grouped_gemm(StreamWriter& writer, Stage stage, const ExpertLoad& load, const Product& expert) {
  const Dtype dtype = writer.spec().precision.of_experts();
  const Bytes activations = writer.moved(load.copies * (expert.in + expert.out) * writer.activation_bytes());
  writer.kernel(stage,
                {KernelClass::grouped_gemm, dtype, 2.0 * load.padded_copies * expert.weights,
                 load.touched * (expert.weights + expert.bias) * bytes_of(dtype) + activations, load.held},
                load.copies);
}

/// Kernels of dispatch and combine are charged the bytes that they read and write, tokens in the format of activations
/// (`hidden`), messages in their own. A message that is written straight into another GPU's memory counts where it is
/// read from and where it is read again.
struct Exchanged {
  Exchanged(const StreamWriter& writer, const TokenMap& map, const MoeLayer& layer)
      : hidden(hidden_message(writer.spec().model, writer.spec().precision.activations)),
        dispatched(dispatch_message(writer.spec().model, writer.spec().precision.dispatch)),
        combined(combine_message(writer.spec().model, writer.spec().precision.combine)),
        tokens(writer.spec().owned_tokens(writer.rank())),
        copies(load_of(writer.spec(), layer.traffic, writer.rank()).copies) {
    const auto member = static_cast<std::size_t>(map.member_of(writer.rank()));
    sent = layer.messages.sent[member];
    arrived = layer.messages.arrived[member];
    relayed = layer.messages.relayed[member];
    forwarded = layer.messages.forwarded[member];
  }

  Bytes hidden, dispatched, combined;  ///< Of one token, one message.
  double tokens;                       ///< That the rank owns.
  double copies;                       ///< That its experts compute.
  double sent, arrived, relayed, forwarded;
};

ExchangeClasses classes_of(const StreamWriter& writer, const TokenMap& map) {
  return exchange_classes(writer.spec().gpu.kernels, writer.spec().collectives.dispatch, map.islands());
}

void begin_copy(StreamWriter& writer, const TokenMap& map, KernelClass kernel_class, Stage stage, Bytes bytes) {
  writer.begin_copy(kernel_class, stage, bytes, exchange_items(kernel_class, writer.spec().layout, map.members()));
}

using Plan = CollectivePlan (*)(const DecodeSpec&, const TokenMap&, const LayerTraffic&);

InFlight begin(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer, Family family, Stage forward,
               Bytes forwarded, Plan plan) {
  const auto make = [&] { return plan(writer.spec(), map, layer.traffic); };
  if (writer.spec().collectives.dispatch == DispatchMode::inter)
    return writer.begin_relay(family, map.ranks, forward, forwarded, make);
  return writer.begin_exchange(family, map.ranks, make);
}

}  // namespace

void write_router(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const double tokens = spec.owned_tokens(writer.rank());
  const double experts = spec.model.moe->experts;
  const double h = spec.model.hidden_size;
  writer.memory(Stage::ffn_norm, tokens * 4 * h * writer.activation_bytes());
  writer.gemm(Stage::router, spec.precision.activations, {tokens, router_weights(spec.model), h, experts});
  writer.memory(Stage::top_k, tokens * (experts * score_bytes + spec.model.moe->experts_per_token * choice_bytes));
}

void write_shared_up(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const FfnWeights weights = shared_expert_weights(spec.model);
  if (weights.total() == 0) return;
  const double tokens = spec.owned_tokens(writer.rank());
  const double h = spec.model.hidden_size;
  const double up = weights.up / h;
  const double down = weights.down / h;
  writer.gemm(Stage::shared_up, spec.precision.weights, {tokens, weights.up, h, up, weights.up_bias});
  writer.memory(Stage::shared_activation, tokens * (up + down) * writer.activation_bytes());
}

void write_shared_down(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const FfnWeights weights = shared_expert_weights(spec.model);
  if (weights.total() == 0) return;
  const double tokens = spec.owned_tokens(writer.rank());
  const double h = spec.model.hidden_size;
  writer.gemm(Stage::shared_down, spec.precision.weights,
              {tokens, weights.down, weights.down / h, h, weights.down_bias});
}

InFlight begin_dispatch(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer) {
  const Exchanged e(writer, map, layer);
  // Tokens are read once and quantised, messages read for each destination.
  begin_copy(writer, map, classes_of(writer, map).dispatch, Stage::dispatch_send,
             e.tokens * e.hidden + e.sent * e.dispatched);
  // A relay reads a message for each GPU it goes on to.
  return begin(writer, map, layer, Family::dispatch, Stage::dispatch_forward, e.forwarded * e.dispatched,
               dispatch_plan);
}

void finish_dispatch(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer, const InFlight& dispatch) {
  const Exchanged e(writer, map, layer);
  writer.finish(dispatch);
  // What has arrived is read, and a row written for each (token, expert).
  writer.end_copy(classes_of(writer, map).dispatch, Stage::dispatch_receive, (e.arrived + e.copies) * e.dispatched);
}

void write_experts(StreamWriter& writer, const MoeLayer& layer) {
  const DecodeSpec& spec = writer.spec();
  const ExpertLoad load = load_of(spec, layer.traffic, writer.rank());
  const FfnWeights weights = expert_weights(spec.model, spec.layout.parallelism().ffn.tp);
  const double h = spec.model.hidden_size;
  const double up = weights.up / h;
  const double down = weights.down / h;
  grouped_gemm(writer, Stage::expert_up, load, {0, weights.up, h, up, weights.up_bias});
  writer.memory(Stage::expert_activation, load.copies * (up + down) * writer.activation_bytes());
  grouped_gemm(writer, Stage::expert_down, load, {0, weights.down, down, h, weights.down_bias});
}

InFlight begin_combine(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer) {
  const Exchanged e(writer, map, layer);
  // Outputs are read, those of one message added up, and one vector per message written.
  begin_copy(writer, map, classes_of(writer, map).combine, Stage::combine_send,
             e.copies * e.hidden + e.arrived * e.combined);
  // A relay reads the vectors of its island's GPUs and writes their sums.
  return begin(writer, map, layer, Family::combine, Stage::combine_forward, (e.forwarded + e.relayed) * e.combined,
               combine_plan);
}

void finish_combine(StreamWriter& writer, const TokenMap& map, const MoeLayer& layer, const InFlight& combine) {
  const Exchanged e(writer, map, layer);
  writer.finish(combine);
  writer.end_copy(classes_of(writer, map).combine, Stage::combine_receive, e.sent * e.combined + e.tokens * e.hidden);
}

}  // namespace ringtail
