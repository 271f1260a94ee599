#include "collectives/choice.hpp"
#include "decode/blocks.hpp"
#include "model/weights.hpp"

namespace ringtail {
namespace {

std::vector<Bytes> owned_bytes(const StreamWriter& writer, const std::vector<int>& group) {
  std::vector<Bytes> bytes;
  for (const int rank : group)
    bytes.push_back(writer.spec().owned_tokens(rank) * writer.spec().model.hidden_size * writer.activation_bytes());
  return bytes;
}

/// The FFN's kernels on `tokens` tokens but for the last product, which is returned.
Product write_ffn(StreamWriter& writer, double tokens) {
  const DecodeSpec& spec = writer.spec();
  const int tp = spec.layout.parallelism().ffn.tp;
  const FfnWeights weights = dense_ffn_weights(spec.model, tp);
  const double h = spec.model.hidden_size;
  const double up = weights.up / h;      // Gate and up side by side where gated.
  const double down = weights.down / h;  // The rank's part of the intermediate size.
  writer.gemm(Stage::dense_up, spec.precision.weights, {tokens, weights.up, h, up, weights.up_bias});
  writer.memory(Stage::dense_activation, tokens * (up + down) * writer.activation_bytes());
  return {tokens, weights.down, down, h, weights.down_bias};
}

}  // namespace

void write_dense_ffn(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const Layout& layout = spec.layout;
  const Collectives& collectives = spec.collectives;
  const auto& group = layout.ffn_tp_group(writer.rank());
  const Bytes norm = 4.0 * spec.model.hidden_size * writer.activation_bytes();

  if (is_plain_tensor_parallel(spec, writer.model_layer())) {
    const double tokens = spec.group_tokens(writer.rank());
    writer.memory(Stage::ffn_norm, tokens * norm);
    const Product down = write_ffn(writer, tokens);
    writer.gemm_all_reduce(Stage::dense_down, down, Family::ffn_all_reduce,
                           {*spec.wiring, group, layout.ffn_tp_groups()},
                           tokens * spec.model.hidden_size * writer.activation_bytes(), collectives.ffn_all_reduce);
    return;
  }
  double tokens = 0;
  for (const int rank : group) tokens += spec.owned_tokens(rank);
  writer.memory(Stage::ffn_norm, spec.owned_tokens(writer.rank()) * norm);
  writer.collective(Family::ffn_all_gather, group, [&] {
    return choose_all_gather(collectives.ffn_all_gather.value_or(collectives.all_gather), owned_bytes(writer, group),
                             {*spec.wiring, group, layout.ffn_tp_groups()});
  });
  const Product down = write_ffn(writer, tokens);
  writer.gemm(Stage::dense_down, spec.precision.weights, down);
  writer.collective(Family::ffn_reduce_scatter, group, [&] {
    return choose_reduce_scatter(collectives.ffn_reduce_scatter.value_or(collectives.reduce_scatter),
                                 owned_bytes(writer, group), {*spec.wiring, group, layout.ffn_tp_groups()});
  });
}

void write_token_all_gather(StreamWriter& writer, Family family) {
  const DecodeSpec& spec = writer.spec();
  const Collectives& collectives = spec.collectives;
  const auto& group = spec.layout.token_group(writer.rank());
  writer.collective(family, group, [&] {
    return choose_all_gather(collectives.token_all_gather.value_or(collectives.all_gather), owned_bytes(writer, group),
                             {*spec.wiring, group, spec.layout.token_groups()});
  });
}

}  // namespace ringtail
