#include "closed_form/parts.hpp"

#include <stdexcept>

#include "closed_form/expert_traffic.hpp"
#include "model/attention_core.hpp"
#include "model/parameters.hpp"
#include "model/weights.hpp"

namespace ringtail::closed_form {
namespace {

/// Weights that `tokens` tokens meet on a GPU once each. Elements and bytes are those of the GPU's share.
struct Matrices {
  std::string_view name;
  Phase phase;
  double elements = 0;
  double tokens = 0;
  Dtype dtype = Dtype::fp8;
  double bias = 0;     ///< Elements that are read too, but hardly computed with.
  double sweeps = 1;   ///< Reads of the share per step,
  double visited = 1;  ///< and the fraction of it that a token meets.
};

class PartList {
 public:
  explicit PartList(const Platform& platform) : platform_(platform) {}

  void add(const Matrices& m) {
    if (m.elements == 0) return;
    const Bytes bytes = (m.elements + m.bias) * bytes_of(m.dtype);
    const Flops flops = 2 * m.elements * m.visited * m.tokens;
    parts_.push_back({m.name, m.phase, bytes, bytes * m.sweeps, seconds(flops, m.dtype)});
  }
  void add_cache(Bytes read, Flops flops, Dtype dtype) {
    parts_.push_back({"kv_cache", Phase::attention, 0, read, seconds(flops, dtype)});
  }
  void add_idle(std::string_view name, Bytes resident) { parts_.push_back({name, Phase::ffn, resident, 0, 0}); }
  [[nodiscard]] std::vector<Part> take() { return std::move(parts_); }

 private:
  [[nodiscard]] Seconds seconds(Flops flops, Dtype dtype) const {
    const FlopsPerSecond peak = platform_.gpu.peak.of(dtype);
    if (peak <= 0) throw std::invalid_argument("the GPU has no peak FLOP/s for a format that the model is computed in");
    return flops / peak;
  }

  const Platform& platform_;
  std::vector<Part> parts_;
};

/// Tokens that all layers keep of one sequence.
double kept_tokens(const System& system) {
  double tokens = 0;
  for (int layer = 0; layer < system.model.layers; ++layer)
    tokens += system.model.attended_tokens(layer, system.context);
  return tokens;
}

double kv_elements(const System& system, const Switches& switches) {
  const bool is_twice = system.model.attention.latent && switches.latent == Latent::twice;
  return kv_elements_per_token(system.model.attention, system.parallelism.attention.tp) * (is_twice ? 2 : 1);
}

void add_cache(PartList& list, const System& system, const Switches& switches, double batch) {
  const AttentionParallelism& attention = system.parallelism.attention;
  const double held = kept_tokens(system) / attention.cache_parts();
  const Flops flops = attention_core_flops(system.model.attention, held, attention.tp) * batch / attention.dp;
  list.add_cache(batch * kv_per_sequence(system, switches), flops, system.precision.kv);
}

/// Matrices and biases.
struct Elements {
  double weights = 0;
  double bias = 0;
};

Elements elements_of(const FfnWeights& weights, double copies) {
  return {copies * (weights.up + weights.down), copies * (weights.up_bias + weights.down_bias)};
}

/// A dense FFN of so many elements on a TP rank.
Matrices dense_ffn(const System& system, const Switches& switches, const Elements& share, double batch) {
  const double groups = static_cast<double>(system.gpus) / system.parallelism.ffn.tp;
  Matrices dense{"dense_ffn", Phase::ffn, share.weights, batch, system.precision.weights, share.bias};
  switch (switches.dense_shard) {
    case DenseShard::tp: break;
    case DenseShard::layout: dense.tokens /= groups; break;
    case DenseShard::all:
      dense.elements /= groups;
      dense.bias /= groups;
      break;
  }
  return dense;
}

/// So many elements of experts on a GPU, which the tokens of its own FFN group choose among; a token meets k of E.
Matrices experts(const System& system, const Switches& switches, const Elements& share, Dtype dtype, double batch) {
  const double tokens = batch / system.parallelism.ffn.dp;
  return {"experts",        Phase::ffn, share.weights, tokens, dtype, share.bias, pool_sweeps(system, switches, tokens),
          system.sparsity()};
}

void add_sparse(PartList& list, const System& system, const Switches& switches, double batch) {
  const double total = count_parameters(system.model).total();
  const FfnParallelism& ffn = system.parallelism.ffn;
  list.add(system.model.moe ? experts(system, switches, {total / ffn.group_ranks()}, system.precision.weights, batch)
                            : dense_ffn(system, switches, {total / ffn.tp}, batch));
}

void add_attention(PartList& list, const System& system, double batch) {
  const AttentionParallelism& attention = system.parallelism.attention;
  const AttentionWeights weights = attention_weights(system.model, attention.tp);
  const double layers = system.model.layers;
  const double sequences = batch / attention.token_groups();
  const Dtype dtype = system.precision.weights;
  // Partial outputs of queries that go round a CP ring meet W_UV on every rank of it.
  const bool returns = attention.cp > 1 && attention.cp_ring == CpRing::pass_q;
  const double value_up = returns ? weights.v_b : 0;
  const double projections = weights.total() - weights.o - value_up - weights.qkv_bias - weights.o_bias;
  list.add({"attention_weights", Phase::attention, layers * projections, sequences, dtype, layers * weights.qkv_bias});
  list.add({"value_up", Phase::attention, layers * value_up, batch / attention.dp, dtype});
  // After the KVP exchange a rank goes on with its share of the tokens.
  list.add({"output_projection", Phase::attention, layers * weights.o, sequences / attention.kvp, dtype,
            layers * weights.o_bias});
}

void add_counted(PartList& list, const System& system, const Switches& switches, double batch) {
  const Model& model = system.model;
  const double moe_layers = model.moe_layers();
  const double own_tokens = batch / system.gpus;
  const Dtype plain = system.precision.activations;
  add_attention(list, system, batch);
  const FfnParallelism& ffn = system.parallelism.ffn;
  list.add(
      dense_ffn(system, switches, elements_of(dense_ffn_weights(model, ffn.tp), model.layers - moe_layers), batch));
  if (model.moe) {
    list.add({"router", Phase::ffn, moe_layers * router_weights(model), own_tokens, plain});
    const Elements shared = elements_of(shared_expert_weights(model), moe_layers);
    list.add({"shared_experts", Phase::ffn, shared.weights, own_tokens, system.precision.weights, shared.bias});
    list.add(experts(system, switches,
                     elements_of(expert_weights(model, ffn.tp), moe_layers * model.moe->experts / ffn.ep),
                     system.precision.of_experts(), batch));
  }
  const AttentionParallelism& attention = system.parallelism.attention;
  const int ranks = attention.token_group_ranks();
  list.add({"lm_head", Phase::ffn, vocabulary_weights(model, ranks), batch / attention.token_groups(), plain});
  if (!model.tied_embeddings) list.add_idle("embeddings", embedding_weights(model, ranks) * bytes_of(plain));
}

}  // namespace

Bytes kv_per_sequence(const System& system, const Switches& switches) {
  const AttentionParallelism& attention = system.parallelism.attention;
  const bool is_split = system.model.attention.latent && switches.mla_shard == MlaShard::all;
  const double ranks = is_split ? attention.group_ranks() : attention.cache_parts();
  return kept_tokens(system) * kv_elements(system, switches) * bytes_of(system.precision.kv) / (ranks * attention.dp);
}

std::vector<Part> parts(const System& system, const Switches& switches, double batch) {
  if (system.model.encoder) throw std::invalid_argument("the closed form describes decoder-only models");
  PartList list(system.platform);
  add_cache(list, system, switches, batch);
  if (switches.parameters == Parameters::sparse)
    add_sparse(list, system, switches, batch);
  else
    add_counted(list, system, switches, batch);
  return list.take();
}

Roofline roofline_of(const std::vector<Part>& parts, Phase phase, BytesPerSecond bandwidth) {
  Roofline sum;
  for (const Part& part : parts) {
    if (part.phase != phase) continue;
    sum.compute += part.compute;
    sum.hbm += part.read / bandwidth;
  }
  return sum;
}

}  // namespace ringtail::closed_form
