#include "collectives/choice.hpp"
#include "decode/blocks.hpp"
#include "decode/cp_ring.hpp"
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
  const double query = heads * query_dim(attention);
  return {query, attention.latent ? heads * attention.latent->kv_lora_rank : output, output, kv};
}

void write_gqa_projections(StreamWriter& writer, double tokens, const AttentionWeights& weights, const Widths& widths) {
  const DecodeSpec& spec = writer.spec();
  const double h = spec.model.hidden_size;
  writer.gemm(Stage::qkv_projection, spec.precision.weights,
              {tokens, weights.qkv, h, widths.query + widths.kv, weights.qkv_bias});
  writer.memory(Stage::rope, tokens * ((2 * widths.query + widths.kv) * writer.activation_bytes() +
                                       widths.kv * bytes_of(spec.precision.kv)));
}

void write_mla_projections(StreamWriter& writer, double tokens, const AttentionWeights& weights, const Widths& widths) {
  const DecodeSpec& spec = writer.spec();
  const LatentAttention& latent = *spec.model.attention.latent;
  const Dtype dtype = spec.precision.weights;
  const double heads = heads_per_rank(spec.model.attention, spec.layout.parallelism().attention.tp);
  const double latents = latent.q_lora_rank + widths.kv;
  const double rope = heads * latent.qk_rope_head_dim;
  const double nope = heads * latent.qk_nope_head_dim;
  writer.gemm(Stage::qkv_down, dtype, {tokens, weights.qkv_a, static_cast<double>(spec.model.hidden_size), latents});
  writer.memory(Stage::latent_norm, tokens * 2 * latents * writer.activation_bytes());
  writer.gemm(Stage::query_up, dtype, {tokens, weights.q_b, query_inputs(spec.model), nope + rope});
  writer.gemm(
      Stage::key_absorb, dtype,
      {tokens, weights.k_b, nope, heads * latent.kv_lora_rank, 0, static_cast<double>(latent.qk_nope_head_dim)});
  writer.memory(Stage::rope, tokens * ((2 * rope + widths.kv) * writer.activation_bytes() +
                                       widths.kv * bytes_of(spec.precision.kv)));
}

/// Every token against `held` cached tokens of its sequence, those that the rank holds (a mean): read once for all
/// tokens of a sequence.
Work core_work(const DecodeSpec& spec, double tokens, double held, const Widths& widths) {
  const AttentionParallelism& parallelism = spec.layout.parallelism().attention;
  const double sequences = tokens / spec.layout.tokens_per_sequence();
  const Bytes cache = held * widths.kv * bytes_of(spec.precision.kv);
  const Bytes activations =
      spec.effects.activations ? (widths.query + widths.value) * bytes_of(spec.precision.activations) : 0;
  const KernelClass kernel_class = spec.model.attention.latent ? KernelClass::latent_attention : KernelClass::attention;
  return {kernel_class, spec.precision.kv, tokens * attention_core_flops(spec.model.attention, held, parallelism.tp),
          sequences * cache + tokens * activations, tokens * heads_per_rank(spec.model.attention, parallelism.tp)};
}

void write_core(StreamWriter& writer, Stage stage, double tokens, double held, const Widths& widths) {
  if (tokens == 0 || held == 0) return;
  writer.kernel(stage, core_work(writer.spec(), tokens, held, widths), tokens);
}

/// Each KVP or CP rank has attended to its part of every token's cache. It sends its partial results to the rank (of
/// the same heads) whose TP group owns the token; that one merges them. Returns the tokens that `writer`'s rank goes on
/// with.
double write_return(StreamWriter& writer, Family family, std::optional<AllToAllAlgorithm> wanted, Stage merge) {
  const DecodeSpec& spec = writer.spec();
  const Layout& layout = spec.layout;
  const auto tokens_of = [&](int rank) {
    double tokens = 0;
    for (const int member : layout.attention_tp_group(rank)) tokens += spec.owned_tokens(member);
    return tokens;
  };
  const auto& group = layout.cache_group(writer.rank());
  const double tokens = tokens_of(writer.rank());
  if (group.size() == 1) return tokens;
  const int tp = layout.parallelism().attention.tp;
  const Bytes message = partial_attention_message(spec.model, spec.precision.activations, tp);
  writer.collective(family, group, [&] {
    std::vector<Bytes> to_each;  // Whoever sends it: the tokens that the receiver goes on with.
    for (const int rank : group) to_each.push_back(tokens_of(rank) * message);
    return choose_all_to_all(wanted.value_or(spec.collectives.all_to_all),
                             std::vector<std::vector<Bytes>>(group.size(), to_each),
                             {*spec.wiring, group, layout.cache_groups()});
  });
  writer.memory(merge, tokens * message * (static_cast<double>(group.size()) + 1));
  return tokens;
}

/// Attention over the cache and W_UV, on the ring if there is one; ends as write_return.
double write_cached_attention(StreamWriter& writer, const AttentionWeights& weights, const Widths& widths) {
  const DecodeSpec& spec = writer.spec();
  const AttentionParallelism& parallelism = spec.layout.parallelism().attention;
  const int self = writer.rank();
  const double own = spec.group_tokens(self);
  const auto attend = [&](int queries_of, int cache_of) {
    write_core(writer, Stage::attention, spec.group_tokens(queries_of),
               spec.attended_tokens(cache_of, writer.model_layer()), widths);
  };
  const auto value_up = [&](double tokens) {
    if (spec.model.attention.latent)
      writer.gemm(Stage::value_up, spec.precision.weights,
                  {tokens, weights.v_b, widths.value, widths.output, 0,
                   static_cast<double>(spec.model.attention.latent->kv_lora_rank)});
  };
  if (parallelism.cp == 1) {
    attend(self, self);
    value_up(own);
    return write_return(writer, Family::kvp_exchange, spec.collectives.kvp_exchange, Stage::kvp_merge);
  }
  if (parallelism.cp_ring == CpRing::pass_q) {
    write_cp_ring(writer, [&](int member) { attend(member, self); });
    value_up(spec.ring_tokens(self));
    return write_return(writer, Family::cp_return, spec.collectives.cp_return, Stage::cp_merge);
  }
  write_cp_ring(writer, [&](int member) { attend(self, member); });
  // A partial result of each round and its log-sum-exps are read, their sum is written.
  const Bytes partial = widths.value * writer.activation_bytes() +
                        heads_per_rank(spec.model.attention, parallelism.tp) * bytes_of(Dtype::fp32);
  writer.memory(Stage::cp_merge, own * partial * (parallelism.cp + 1));
  value_up(own);
  return own;
}

/// The output projection; the TP ranks' partial outputs are summed on each of them (plain tensor parallel), or each
/// token's at its owner.
void write_output(StreamWriter& writer, Stage stage, const Product& product, Family all_reduce, Family reduce_scatter) {
  const DecodeSpec& spec = writer.spec();
  const Layout& layout = spec.layout;
  const Collectives& collectives = spec.collectives;
  const auto& group = layout.attention_tp_group(writer.rank());
  const Bytes token = spec.model.hidden_size * writer.activation_bytes();
  if (is_plain_tensor_parallel(spec, writer.model_layer())) {
    writer.gemm_all_reduce(stage, product, all_reduce, {*spec.wiring, group, layout.attention_tp_groups()},
                           spec.group_tokens(writer.rank()) * token, collectives.attention_all_reduce);
    return;
  }
  writer.gemm(stage, spec.precision.weights, product);
  writer.collective(reduce_scatter, group, [&] {
    std::vector<Bytes> bytes;
    for (const int rank : group) bytes.push_back(spec.owned_tokens(rank) * token);
    return choose_reduce_scatter(collectives.attention_reduce_scatter.value_or(collectives.reduce_scatter), bytes,
                                 {*spec.wiring, group, layout.attention_tp_groups()});
  });
}

}  // namespace

bool is_plain_tensor_parallel(const DecodeSpec& spec, int layer) {
  const Parallelism& p = spec.layout.parallelism();
  return !spec.model.is_moe_layer(layer) && p.is_plain_tensor_parallel();
}

void write_attention_projections(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const double tokens = spec.group_tokens(writer.rank());
  const AttentionWeights weights = attention_weights(spec.model, spec.layout.parallelism().attention.tp);
  const Widths widths = widths_of(spec);

  writer.memory(Stage::attention_norm, tokens * 4.0 * spec.model.hidden_size * writer.activation_bytes());
  if (spec.model.attention.latent)
    write_mla_projections(writer, tokens, weights, widths);
  else
    write_gqa_projections(writer, tokens, weights, widths);
}

Seconds attention_core_seconds(const DecodeSpec& spec, int rank, int layer) {
  const double tokens = spec.group_tokens(rank);
  const double held = spec.attended_tokens(rank, layer);
  return tokens == 0 || held == 0 ? 0 : roofline(core_work(spec, tokens, held, widths_of(spec)), spec.gpu).alone();
}

void write_attention(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const AttentionWeights weights = attention_weights(spec.model, spec.layout.parallelism().attention.tp);
  const Widths widths = widths_of(spec);

  const double kept = write_cached_attention(writer, weights, widths);
  const double h = spec.model.hidden_size;
  write_output(writer, Stage::output_projection, {kept, weights.o, widths.output, h, weights.o_bias},
               Family::attention_all_reduce, Family::attention_reduce_scatter);
}

void write_cross_attention(StreamWriter& writer) {
  const DecodeSpec& spec = writer.spec();
  const double tokens = spec.group_tokens(writer.rank());
  const double h = spec.model.hidden_size;
  const Dtype dtype = spec.precision.weights;
  const CrossAttentionWeights weights = cross_attention_weights(spec.model, spec.layout.parallelism().attention.tp);
  const Widths widths = widths_of(spec);

  writer.memory(Stage::cross_norm, tokens * 4 * h * writer.activation_bytes());
  writer.gemm(Stage::cross_query_projection, dtype, {tokens, weights.q, h, widths.query, weights.q_bias});
  write_core(writer, Stage::cross_attention, tokens, spec.cached_tokens(writer.rank(), spec.model.encoder->context),
             widths);
  const double kept =
      write_return(writer, Family::cross_kvp_exchange, spec.collectives.kvp_exchange, Stage::cross_kvp_merge);
  write_output(writer, Stage::cross_output_projection, {kept, weights.o, widths.output, h, weights.o_bias},
               Family::cross_attention_all_reduce, Family::cross_attention_reduce_scatter);
}

}  // namespace ringtail
