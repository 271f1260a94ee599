#include "config/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "config/collective_checks.hpp"
#include "config/decode_checks.hpp"
#include "config/model_checks.hpp"
#include "config/placement_checks.hpp"
#include "config/platform_checks.hpp"
#include "config/rule_context.hpp"
#include "routing/group_limit.hpp"
#include "routing/popularity.hpp"

namespace ringtail {

namespace {

std::string_view name_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::fp4: return "fp4";
    case Dtype::fp8: return "fp8";
    case Dtype::bf16: return "bf16";
    case Dtype::fp32: return "fp32";
  }
  return {};
}

/// One layout: `first` is the degree that is named in the help, `others` the product of the rest.
void check_ranks(const Context& context, std::string_view path, std::string_view product, std::string_view first_name,
                 std::int64_t first, std::string_view others_name, std::int64_t others) {
  const int pp = context.deployment.parallelism.pipeline.stages;
  if (!context.sound({path, "gpus", "parallelism.pp"}) || context.deployment.gpus % pp != 0) return;
  const int gpus = context.deployment.gpus_per_stage();
  if (first * others == gpus) return;
  const std::string available = pp == 1 ? "gpus" : "gpus / pp";
  const std::string help =
      gpus % others == 0 ? fmt::format("{} = {} would use all of them", first_name, gpus / others)
                         : fmt::format("{} must divide {}: {}", others_name, available, common_divisors(gpus, gpus));
  std::vector<std::string> disagreeing{"gpus"};
  if (pp > 1) disagreeing.emplace_back("parallelism.pp");
  context.error(path, fmt::format("{}: {} = {}, but {} = {}", path, product, first * others, available, gpus), help,
                disagreeing);
}

void check_layouts(const Context& context) {
  const AttentionParallelism& attention = context.deployment.parallelism.attention;
  const auto [dp, kvp, tp, cp, cp_ring] = attention;
  const auto& ffn = context.deployment.parallelism.ffn;
  check_ranks(context, "parallelism.attention", fmt::format("dp · cp · kvp · tp = {} · {} · {} · {}", dp, cp, kvp, tp),
              "dp", dp, "cp · kvp · tp", std::int64_t{cp} * kvp * tp);
  const std::string product = fmt::format("dp · ep · tp = {} · {} · {}", ffn.dp, ffn.ep, ffn.tp);
  if (context.deployment.model.moe)
    check_ranks(context, "parallelism.ffn", product, "ep", ffn.ep, "dp · tp", std::int64_t{ffn.dp} * ffn.tp);
  else
    check_ranks(context, "parallelism.ffn", product, "dp", ffn.dp, "ep · tp", std::int64_t{ffn.ep} * ffn.tp);
}

/// GPUs are numbered by the degrees named, so each that has several ranks must be named, and none twice.
void check_order(const Context& context) {
  const Parallelism& parallelism = context.deployment.parallelism;
  if (!context.sound({"parallelism"}) || parallelism.order.empty()) return;
  for (std::size_t i = 0; i < degree_names.size(); ++i) {
    const auto degree = static_cast<Degree>(i);
    const auto named = std::count(parallelism.order.begin(), parallelism.order.end(), degree);
    const int size = parallelism.size_of(degree);
    if (named > 1)
      context.error("parallelism.order", fmt::format("parallelism.order names {} {} times", degree_names[i], named),
                    "name each degree once, innermost first");
    if (named > 0 || size == 1) continue;
    const std::string path = fmt::format("parallelism.{}{}", degree == Degree::pp ? "" : "attention.", degree_names[i]);
    context.error("parallelism.order", fmt::format("parallelism.order leaves out {} = {}", path, size),
                  fmt::format("add {} where its ranks shall be: further back is further apart", degree_names[i]),
                  {path});
  }
}

/// Tokens visit the experts of their owner's FFN group, so the ranks of an attention group must be in the same one:
/// with as many ranks in both layouts, FFN dp must divide attention dp.
void check_ffn_groups(const Context& context) {
  const auto& [attention, ffn, pipeline, order] = context.deployment.parallelism;
  if (!context.deployment.model.moe || !context.sound({"model.moe"})) return;
  if (!ranks_have_gpus(context) || attention.dp % ffn.dp == 0) return;
  context.error(
      "parallelism.ffn.dp",
      fmt::format("parallelism.ffn.dp = {}: attention groups of cp · kvp · tp = {} GPUs do not lie inside groups of "
                  "ep · tp = {} GPUs with all experts",
                  ffn.dp, attention.group_ranks(), ffn.group_ranks()),
      fmt::format("dp that divide parallelism.attention.dp = {}: {}", attention.dp,
                  common_divisors(attention.dp, attention.dp)));
}

/// Helix gives every KVP rank all tokens of its group, a ring gives each CP rank its own: a cache is split for one of
/// them. The ring goes through a decoder's own cache.
void check_ring(const Context& context) {
  const AttentionParallelism& attention = context.deployment.parallelism.attention;
  if (attention.cp == 1 || !context.sound({"parallelism.attention", "model.encoder"})) return;
  if (attention.kvp > 1)
    context.error("parallelism.attention.cp",
                  fmt::format("parallelism.attention: cp = {} and kvp = {} would both split KV caches along their "
                              "length: kvp ranks all have every query, cp ranks pass theirs on",
                              attention.cp, attention.kvp),
                  fmt::format("use one of them: cp: {0}, or kvp: {0}", attention.cp * attention.kvp),
                  {"parallelism.attention.kvp"});
  if (!context.deployment.decode.is_even() && context.sound({"decode.context", "decode.assignment"}))
    context.error(
        "parallelism.attention.cp",
        fmt::format("parallelism.attention.cp = {}: the rounds of a ring are those of sequences that are alike, "
                    "dealt round-robin",
                    attention.cp),
        fmt::format("use kvp: {}, or a fixed decode.context", attention.cp), {"decode.context", "decode.assignment"});
  if (context.deployment.model.encoder)
    context.error("parallelism.attention.cp",
                  fmt::format("parallelism.attention.cp = {}: {} has cross-attention, whose cache no ring goes through",
                              attention.cp, context.deployment.model.name),
                  fmt::format("use kvp: {}", attention.cp), {"model.encoder"});
}

/// A number of things in the model that must be split evenly over a degree of parallelism.
struct Split {
  std::string_view degree_path;
  int degree;
  std::string_view whole_path;
  int whole;
};

void check_split(const Context& context, const Split& split) {
  if (!context.sound({split.degree_path, split.whole_path, "gpus"}) || split.whole % split.degree == 0) return;
  const auto degree = split.degree_path.substr(split.degree_path.rfind('.') + 1);
  context.error(
      split.degree_path,
      fmt::format("{} = {} does not divide {} = {}", split.degree_path, split.degree, split.whole_path, split.whole),
      fmt::format("{} that divide it and gpus: {}", degree, common_divisors(split.whole, context.deployment.gpus)),
      {std::string(split.whole_path)});
}

void check_splits(const Context& context) {
  const Model& model = context.deployment.model;
  const auto& [attention, ffn, pipeline, order] = context.deployment.parallelism;
  check_split(context, {"parallelism.attention.tp", attention.tp, "model.attention.heads", model.attention.heads});
  if (model.has_dense_layers())
    check_split(context, {"parallelism.ffn.tp", ffn.tp, "model.ffn.intermediate_size", model.ffn.intermediate_size});
  if (!model.moe) return;
  check_split(context, {"parallelism.ffn.tp", ffn.tp, "model.moe.intermediate_size", model.moe->intermediate_size});
}

/// Grouped-query heads are split, or, on more ranks than heads, each repeated on equally many ranks.
void check_kv_heads(const Context& context) {
  const Attention& attention = context.deployment.model.attention;
  const int tp = context.deployment.parallelism.attention.tp;
  if (attention.latent || !context.sound({"model.attention", "parallelism.attention.tp", "gpus"})) return;
  if (attention.kv_heads % tp == 0 || tp % attention.kv_heads == 0) return;
  context.error(
      "parallelism.attention.tp",
      fmt::format("model.attention.kv_heads = {} can neither be split over tp = {} ranks nor repeated on them evenly",
                  attention.kv_heads, tp),
      fmt::format("tp that divide it and gpus: {}", common_divisors(attention.kv_heads, context.deployment.gpus)),
      {"model.attention.kv_heads"});
}

void check_islands(const Context& context) {
  const int gpus = context.deployment.gpus;
  const int size = context.deployment.platform.island.size;
  if (!context.sound({"gpus", "platform.island.size"}) || gpus <= size || gpus % size == 0) return;
  context.error("gpus", fmt::format("gpus = {} does not fill islands of platform.island.size = {}", gpus, size),
                fmt::format("use a multiple such as {} or {}, or fewer than {}", gpus / size * size,
                            (gpus / size + 1) * size, size),
                {"platform.island.size"});
}

/// Products with weights are computed in their format, attention in the KV cache's, router and LM head in that of the
/// activations.
void check_peak(const Context& context, std::string_view path, Dtype dtype) {
  const Platform& platform = context.deployment.platform;
  if (!context.sound({path, "platform.gpu.peak", "platform.name"}) || platform.gpu.peak.of(dtype) > 0) return;
  std::vector<std::string_view> available;
  for (const Dtype other : {Dtype::fp4, Dtype::fp8, Dtype::bf16, Dtype::fp32}) {
    if (platform.gpu.peak.of(other) > 0) available.push_back(name_of(other));
  }
  const std::string_view name = name_of(dtype);
  context.error(path, fmt::format("{} = {}, but the GPU of {} does not compute in it", path, name, platform.name),
                fmt::format("it has a peak for: {}; if kernels convert {} to one of these first, set "
                            "platform.gpu.peak.{} to that one's",
                            available.empty() ? "none" : fmt::format("{}", fmt::join(available, ", ")), name, name),
                {"platform.gpu.peak"});
}

void check_peaks(const Context& context) {
  const Precision& precision = context.deployment.precision;
  check_peak(context, "precision.weights", precision.weights);
  if (precision.experts && context.deployment.model.moe) check_peak(context, "precision.experts", *precision.experts);
  check_peak(context, "precision.kv", precision.kv);
  check_peak(context, "precision.activations", precision.activations);
}

void check_popularity(const Context& context) {
  const auto& moe = context.deployment.model.moe;
  const Popularity& popularity = context.deployment.routing.popularity;
  if (!moe || !context.sound({"model.moe", "routing.popularity"})) return;
  const GroupLimit limit{moe->expert_groups, moe->groups_per_token};
  if (popularity.kind == Popularity::Kind::balanced && limit.binds(moe->experts_per_token) &&
      moe->experts_per_token % limit.per_token != 0)
    context.error(
        "routing.popularity",
        fmt::format("balanced needs the same number of experts in each of a token's groups: experts_per_token "
                    "= {} and groups_per_token = {}",
                    moe->experts_per_token, limit.per_token),
        "uniform draws without this restriction", {"model.moe.experts_per_token", "model.moe.groups_per_token"});
  if (popularity.kind != Popularity::Kind::zipf) return;
  if (moe->experts_per_token > moe->experts) return;
  const double largest = max_zipf_exponent(moe->experts, moe->experts_per_token);
  if (popularity.zipf <= largest) return;
  context.error(
      "routing.popularity",
      fmt::format("zipf = {} would put the most popular expert into a token more than once: experts_per_token = {} of "
                  "experts = {}",
                  popularity.zipf, moe->experts_per_token, moe->experts),
      fmt::format("zipf can be at most {:.4f}", std::floor(largest * 1e4) / 1e4),
      {"model.moe.experts_per_token", "model.moe.experts"});
}

/// What a trace and turns leave no room for.
void check_correlation(const Context& context) {
  const Routing& routing = context.deployment.routing;
  const bool is_default = routing.popularity.kind == Popularity::Kind::uniform;
  if (routing.trace && !is_default && context.sound({"routing.trace", "routing.popularity"}))
    context.error("routing.trace", "a trace says which experts tokens choose, and so does routing.popularity",
                  "leave out one of them", {"routing.popularity"});
  if (routing.trace && routing.correlation && context.sound({"routing.trace", "routing.correlation"}))
    context.error("routing.trace", "a trace has correlations of its own, so routing.correlation cannot be added",
                  "leave out one of them", {"routing.correlation"});
  if (routing.correlation && routing.popularity.kind == Popularity::Kind::balanced &&
      context.sound({"routing.correlation", "routing.popularity"}))
    context.error("routing.correlation", "experts that take turns (routing.popularity = balanced) have no topics",
                  "uniform draws them equally often", {"routing.popularity"});
}

void check_batch(const Context& context) {
  constexpr std::int64_t limit = 1073741824;  // 2^30: sequence numbers fit an int
  const Batch& batch = context.deployment.decode.batch;
  if (!context.sound({"decode.batch", "gpus"}) || batch.kind != Batch::Kind::per_gpu) return;
  const std::int64_t total = std::int64_t{batch.count} * context.deployment.gpus_per_stage();
  if (total <= limit) return;
  context.error("decode.batch",
                fmt::format("per_gpu = {} on gpus = {} makes {} sequences; at most {} are possible", batch.count,
                            context.deployment.gpus, total, limit),
                {}, {"gpus"});
}

void check_sharing(const Context& context) {
  const NetworkConfig& network = context.deployment.network;
  if (network.sharing != Sharing::coupled || network.solver != NetworkSolver::simgrid) return;
  if (!context.sound({"network.sharing", "network.solver"})) return;
  context.error("network.sharing",
                "coupled sharing is not possible with network.solver = simgrid, which is max-min fair",
                "use solver: fluid, or leave out sharing");
}

/// A precision is that of an interval, which takes two replications, and `replications` is where adding them begins.
void check_precision(const Context& context) {
  const Run& run = context.deployment.run;
  if (!run.precision || !context.sound({"run.precision", "run.replications", "run.max_replications"})) return;
  if (run.replications < 2)
    context.error("run.precision", "run.precision needs intervals, so run.replications = 1 is too few",
                  "set run.replications: 5, the least number then", {"run.replications"});
  if (run.max_replications < run.replications)
    context.error("run.max_replications",
                  fmt::format("run.max_replications = {} is less than run.replications = {}, the least number with a "
                              "precision",
                              run.max_replications, run.replications),
                  fmt::format("set run.max_replications: {}", std::min(10 * run.replications, 100000)),
                  {"run.replications"});
}

}  // namespace

void check_deployment(const Deployment& deployment, const SourceMap& sources, Diagnostics& diagnostics) {
  const Context context{deployment, sources, diagnostics, diagnostics};
  check_model(deployment.model, "model.", sources, diagnostics);
  check_layouts(context);
  check_ffn_groups(context);
  check_ring(context);
  check_splits(context);
  check_placement(context);
  check_kv_heads(context);
  check_islands(context);
  check_platform(deployment.platform, deployment.gpus, "platform.", sources, diagnostics);
  check_collectives(context);
  check_overlap(context);
  check_mtp(context);
  check_context(context);
  check_order(context);
  check_pipeline(context);
  check_peaks(context);
  check_popularity(context);
  check_correlation(context);
  check_batch(context);
  check_sharing(context);
  check_precision(context);
}

}  // namespace ringtail
