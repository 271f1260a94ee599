#include <numeric>

#include "collectives/choice.hpp"
#include "decode/blocks.hpp"
#include "model/attention_core.hpp"
#include "model/weights.hpp"
#include "parallel/messages.hpp"

namespace ringtail {
namespace {

/// Widths of one rank's attention kernels, in elements per token.
struct Widths {
  double query;   ///< Into the attention kernel.
  double value;   ///< Out of it.
  double output;  ///< Into the output projection.
  double kv;      ///< New entry of the KV cache.
};

Widths widths_of(const DecodeSpec& spec) {
  const Attention& attention = spec.model.attention;
  const int tp = spec.layout.parallelism().attention.tp;
  const double heads = heads_per_rank(attention, tp);
  const double kv = kv_elements_per_token(attention, tp);
  const double output = heads * value_dim(attention);
  if (!attention.latent) return {heads * attention.head_dim, output, output, kv};
  const LatentAttention& latent = *attention.latent;
  return {heads * (latent.kv_lora_rank + latent.qk_rope_head_dim), heads * latent.kv_lora_rank, output, kv};
}

void write_gqa_projections(StreamWriter& writer, int tokens, const AttentionWeights& weights, const Widths& widths) {
  const DecodeSpec& spec = writer.spec();
  const double h = spec.model.hidden_size;
  writer.gemm(Stage::qkv_projection, spec.precision.weights, {tokens, weights.qkv, h, widths.query + widths.kv});
  writer.memory(Stage::rope, tokens * ((2 * widths.query + widths.kv) * writer.activation_bytes() +
                                       widths.kv * bytes_of(spec.precision.kv)));
}

void write_mla_projections(StreamWriter& writer, int tokens, const AttentionWeights& weights, const Widths& widths) {
  const DecodeSpec& spec = writer.spec();
  const LatentAttention& latent = *spec.model.attention.latent;
  const Dtype dtype = spec.precision.weights;
  const double heads = heads_per_rank(spec.model.attention, spec.layout.parallelism().attention.tp);
  const double latents = latent.q_lora_rank + widths.kv;
  const double rope = heads * latent.qk_rope_head_dim;
  const double nope = heads * latent.qk_nope_head_dim;
  writer.gemm(Stage::qkv_down, dtype, {tokens, weights.qkv_a, static_cast<double>(spec.model.hidden_size), latents});
  writer.memory(Stage::latent_norm, tokens * 2 * latents * writer.activation_bytes());
  writer.gemm(Stage::query_up, dtype, {tokens, weights.q_b, static_cast<double>(latent.q_lora_rank), nope + rope});
  writer.gemm(Stage::key_absorb, dtype, {tokens, weights.k_b, nope, heads * latent.kv_lora_rank});
  writer.memory(Stage::rope, tokens * ((2 * rope + widths.kv) * writer.activation_bytes() +
                                       widths.kv * bytes_of(spec.precision.kv)));
}

void write_core(StreamWriter& writer, int tokens, const Widths& widths) {
  const DecodeSpec& spec = writer.spec();
  const AttentionParallelism& parallelism = spec.layout.parallelism().attention;
  const int context = spec.layout.cached_tokens(writer.rank(), spec.context, spec.kv_block);
  const Bytes cache = context * widths.kv * bytes_of(spec.precision.kv);
  const Bytes activations = (widths.query + widths.value) * writer.activation_bytes();
  if (tokens == 0 || context == 0) return;
  writer.kernel(Stage::attention, {KernelClass::attention, spec.precision.kv,
                                   tokens * attention_core_flops(spec.model.attention, context, parallelism.tp),
                                   tokens * (cache + activations)});
}

/// Each KVP rank has attended to its part of every token's cache. It sends its partial results to the rank (of the same
/// heads) whose TP group owns the token; that one merges them. Returns the tokens that `writer`'s rank goes on with.
int write_kvp_exchange(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const Layout& layout = spec.layout;
  const auto tokens_of = [&](int rank) {
    const auto& tp_group = layout.attention_tp_group(rank);
    return std::accumulate(tp_group.begin(), tp_group.end(), 0,
                           [&](int sum, int r) { return sum + layout.owned_tokens(r); });
  };
  const auto& group = layout.kvp_group(writer.rank());
  const int tokens = tokens_of(writer.rank());
  if (group.size() == 1) return tokens;
  const int tp = layout.parallelism().attention.tp;
  const Bytes message = partial_attention_message(spec.model, spec.precision.activations, tp);
  writer.collective(Family::kvp_exchange, group, [&] {
    std::vector<Bytes> to_each;  // Whoever sends it: the tokens that the receiver goes on with.
    for (const int rank : group) to_each.push_back(tokens_of(rank) * message);
    const Collectives& collectives = spec.collectives;
    return choose_all_to_all(collectives.kvp_exchange.value_or(collectives.all_to_all),
                             std::vector<std::vector<Bytes>>(group.size(), to_each),
                             {*spec.wiring, group, layout.kvp_groups()});
  });
  writer.memory(Stage::kvp_merge, tokens * message * (static_cast<double>(group.size()) + 1));
  return tokens;
}

}  // namespace

bool is_plain_tensor_parallel(const DecodeSpec& spec, int layer) {
  const Parallelism& p = spec.layout.parallelism();
  return !spec.model.is_moe_layer(layer) && p.attention.kvp == 1 && p.attention.tp == p.ffn.tp;
}

void write_attention(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const Layout& layout = spec.layout;
  const int tp = layout.parallelism().attention.tp;
  const int tokens = layout.sequences(layout.dp_index(writer.rank()));
  const double h = spec.model.hidden_size;
  const AttentionWeights weights = attention_weights(spec.model, tp);
  const Widths widths = widths_of(spec);

  writer.memory(Stage::attention_norm, tokens * 4 * h * writer.activation_bytes());
  if (spec.model.attention.latent)
    write_mla_projections(writer, tokens, weights, widths);
  else
    write_gqa_projections(writer, tokens, weights, widths);
  write_core(writer, tokens, widths);
  if (spec.model.attention.latent)
    writer.gemm(Stage::value_up, spec.precision.weights, {tokens, weights.v_b, widths.value, widths.output});
  const int kept = write_kvp_exchange(writer);
  writer.gemm(Stage::output_projection, spec.precision.weights, {kept, weights.o, widths.output, h});

  const auto& group = layout.attention_tp_group(writer.rank());
  const Collectives& collectives = spec.collectives;
  if (is_plain_tensor_parallel(spec, writer.layer())) {
    writer.all_reduce(Family::attention_all_reduce, {*spec.wiring, group, layout.attention_tp_groups()},
                      tokens * h * writer.activation_bytes(), collectives.attention_all_reduce);
    return;
  }
  writer.collective(Family::attention_reduce_scatter, group, [&] {
    std::vector<Bytes> bytes;
    for (const int rank : group) bytes.push_back(layout.owned_tokens(rank) * h * writer.activation_bytes());
    return choose_reduce_scatter(collectives.attention_reduce_scatter.value_or(collectives.reduce_scatter), bytes,
                                 {*spec.wiring, group, layout.attention_tp_groups()});
  });
}

}  // namespace ringtail
