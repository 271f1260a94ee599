#include "advice/levers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/count_text.hpp"
#include "collectives/choice.hpp"
#include "config/unit.hpp"
#include "decode/overlap_policy.hpp"
#include "model/weights.hpp"
#include "parallel/pipeline.hpp"
#include "simulation/layout_choice.hpp"

namespace ringtail {
namespace {

using Changes = std::vector<Change>;

/// "path=value" with the value `factor` times as large, without a space, so that a shell needs no quotes.
std::string scaled(std::string_view path, double value, double factor, const UnitKind& unit) {
  std::string text = format_quantity(factor * value, unit);
  std::erase(text, ' ');
  return fmt::format("{}={}", path, text);
}

bool uses_islands(const Deployment& d) { return d.gpus > 1 && d.platform.island.size > 1; }
bool uses_fabric(const Deployment& d) { return d.gpus > d.platform.island.size; }

Changes island_bandwidth(const Result& base) {
  const Deployment& d = base.deployment;
  if (!uses_islands(d)) return {};
  return {{"island bandwidth x 2",
           {scaled("platform.island.bandwidth", d.platform.island.bandwidth, 2, unit::bandwidth())}}};
}

Changes fabric_bandwidth(const Result& base) {
  if (!uses_fabric(base.deployment)) return {};
  const Fabric& fabric = base.deployment.platform.fabric;
  Change change{"fabric bandwidth x 2", {scaled("platform.fabric.bandwidth", fabric.bandwidth, 2, unit::bandwidth())}};
  if (fabric.link_bandwidth)
    change.set.push_back(scaled("platform.fabric.link_bandwidth", *fabric.link_bandwidth, 2, unit::bandwidth()));
  return {change};
}

Changes latencies(const Result& base) {
  const Deployment& d = base.deployment;
  Change change{"latencies of links x 0.5", {}};
  const auto halve = [&](bool is_used, std::string_view path, Seconds latency) {
    if (is_used && latency > 0) change.set.push_back(scaled(path, latency, 0.5, unit::time()));
  };
  halve(uses_islands(d), "platform.island.latency", d.platform.island.latency);
  halve(uses_fabric(d), "platform.fabric.latency", d.platform.fabric.latency);
  halve(uses_fabric(d), "platform.fabric.switch_latency", d.platform.fabric.switch_latency);
  return change.set.empty() ? Changes{} : Changes{change};
}

Changes hbm_bandwidth(const Result& base) {
  return {{"HBM bandwidth x 1.5",
           {scaled("platform.gpu.hbm.bandwidth", base.deployment.platform.gpu.hbm.bandwidth, 1.5, unit::bandwidth())}}};
}

/// More memory helps where it limits the batch, or the deployment altogether.
Changes hbm_capacity(const Result& base) {
  const Deployment& d = base.deployment;
  if (base.feasible() && (d.decode.batch.kind != Batch::Kind::max || base.capacity.limit == "max_sequences")) return {};
  return {
      {"HBM capacity x 1.5", {scaled("platform.gpu.hbm.capacity", d.platform.gpu.hbm.capacity, 1.5, unit::bytes())}}};
}

Changes peak_compute(const Result& base) {
  const PeakFlops& peak = base.deployment.platform.gpu.peak;
  Change change{"peak compute x 1.5", {}};
  const std::array<std::pair<std::string_view, FlopsPerSecond>, 4> rates = {
      {{"fp4", peak.fp4}, {"fp8", peak.fp8}, {"bf16", peak.bf16}, {"fp32", peak.fp32}}};
  for (const auto& [format, rate] : rates)
    if (rate > 0)
      change.set.push_back(scaled(fmt::format("platform.gpu.peak.{}", format), rate, 1.5, unit::flop_rate()));
  return {change};
}

Changes batch(const Result& base) {
  const long total = base.capacity.batch_total;
  const auto of = [](std::string_view what, long sequences) {
    return Change{fmt::format("{}: {}", what, count_text(sequences, "sequence")),
                  {fmt::format("decode.batch={{total: {}}}", sequences)}};
  };
  Changes changes;
  if (total > 1) changes.push_back(of("batch halved", total / 2));
  if (total > 0) changes.push_back(of("batch doubled", 2 * total));
  if (total > 0 && base.deployment.decode.batch.kind != Batch::Kind::max)
    changes.push_back({"the largest batch that fits", {"decode.batch=max"}});
  return changes;
}

/// One degree of a layout.
struct Degree {
  std::string_view name;
  int value;
};

std::string layout_text(const std::array<Degree, 3>& layout) {
  std::string text;
  for (const auto& [name, value] : layout) {
    if (!text.empty()) text += " x ";
    for (const char c : name) text += static_cast<char>(c - 'a' + 'A');
    text += std::to_string(value);
  }
  return text;
}

/// The neighbours of a layout on the same ranks: one degree halved for another that is doubled.
Changes neighbours(std::string_view block, const std::array<Degree, 3>& layout) {
  Changes changes;
  for (std::size_t less = 0; less < layout.size(); ++less) {
    if (layout[less].value % 2 != 0) continue;
    for (std::size_t more = 0; more < layout.size(); ++more) {
      if (more == less) continue;
      auto other = layout;
      other[less].value /= 2;
      other[more].value *= 2;
      Change change{
          fmt::format("{} {} instead of {}", block == "ffn" ? "FFN" : block, layout_text(other), layout_text(layout)),
          {}};
      for (const std::size_t i : {less, more})
        change.set.push_back(fmt::format("parallelism.{}.{}={}", block, other[i].name, other[i].value));
      changes.push_back(change);
    }
  }
  return changes;
}

Changes attention_layout(const Result& base) {
  const AttentionParallelism& attention = base.deployment.parallelism.attention;
  const Degree along_context = attention.cp > 1 ? Degree{"cp", attention.cp} : Degree{"kvp", attention.kvp};
  return neighbours("attention", {{{"dp", attention.dp}, along_context, {"tp", attention.tp}}});
}

/// KVP in place of a ring, and the other ring.
Changes context_parallelism(const Result& base) {
  const AttentionParallelism& attention = base.deployment.parallelism.attention;
  if (attention.cp == 1) return {};
  const std::string_view other = name_of(attention.cp_ring == CpRing::pass_q ? CpRing::pass_kv : CpRing::pass_q);
  return {{fmt::format("KVP{0} instead of CP{0}", attention.cp),
           {"parallelism.attention.cp=1", fmt::format("parallelism.attention.kvp={}", attention.cp)}},
          {fmt::format("{} ring instead of {}", other, name_of(attention.cp_ring)),
           {fmt::format("parallelism.attention.cp_ring={}", other)}}};
}

Changes ffn_layout(const Result& base) {
  const auto& [dp, ep, tp] = base.deployment.parallelism.ffn;
  return neighbours("ffn", {{{"dp", dp}, {"ep", ep}, {"tp", tp}}});
}

std::string layout_argument(const Parallelism& parallelism) {
  const auto& [a, f, pipeline, order] = parallelism;
  return fmt::format("parallelism={{attention: {{dp: {}, kvp: {}, tp: {}}}, ffn: {{dp: {}, ep: {}, tp: {}}}}}", a.dp,
                     a.kvp, a.tp, f.dp, f.ep, f.tp);
}

/// The layout that `ringtail init` would choose: one that does not fit may be far from one that does.
Changes layout_that_fits(const Result& base) {
  if (base.feasible()) return {};
  const LayoutChoice choice = choose_layout(base.deployment, base.deployment.gpus, Formats::given);
  if (choice.chosen.batch == 0) return {};
  return {{"a layout that fits", {layout_argument(choice.deployment.parallelism)}}};
}

/// The next number of GPUs on which the deployment fits; many more are another deployment.
Changes more_gpus(const Result& base) {
  constexpr int most_times = 4;
  const Deployment& d = base.deployment;
  if (base.feasible()) return {};
  const int gpus = gpus_that_fit(d, d.gpus, Formats::given);
  if (gpus == 0 || gpus > most_times * d.gpus) return {};
  const Parallelism layout = choose_layout(d, gpus, Formats::given).deployment.parallelism;
  return {
      {fmt::format("{} GPUs instead of {}", gpus, d.gpus), {fmt::format("gpus={}", gpus), layout_argument(layout)}}};
}

Changes dispatch(const Result& base) {
  const Deployment& d = base.deployment;
  if (!d.model.moe || d.parallelism.ffn.group_ranks() == 1) return {};
  Changes changes;
  for (const DispatchMode mode : {DispatchMode::ll, DispatchMode::intra, DispatchMode::inter})
    if (mode != d.collectives.dispatch)
      changes.push_back({fmt::format("dispatch {} instead of {}", name_of(mode), name_of(d.collectives.dispatch)),
                         {fmt::format("collectives.dispatch={}", name_of(mode))}});
  return changes;
}

Changes overlap(const Result& base) {
  const Deployment& d = base.deployment;
  Changes changes;
  for (const OverlapPolicy& policy : overlap_policies()) {
    const bool has_sequences = base.capacity.batch_total >= policy.least_batch(d.parallelism.attention);
    if (policy.kind == d.decode.overlap.kind || policy.refuse(d.model, d.parallelism) || !has_sequences) continue;
    changes.push_back({fmt::format("overlap {} instead of {}", policy.name, overlap_text(d.decode.overlap)),
                       {fmt::format("decode.overlap={}", overlap_yaml(policy))}});
  }
  return changes;
}

Changes algorithms(const Result& base) {
  const Collectives& c = base.deployment.collectives;
  Change change{"algorithms of collectives chosen by estimated time", {}};
  const auto choose = [&](std::string_view path, const auto& algorithm) {
    const std::optional chosen = algorithm;
    if (chosen && *chosen != std::decay_t<decltype(*chosen)>::automatic)
      change.set.push_back(fmt::format("collectives.{}=auto", path));
  };
  choose("all_reduce", c.all_reduce);
  choose("all_gather", c.all_gather);
  choose("reduce_scatter", c.reduce_scatter);
  choose("all_to_all", c.all_to_all);
  choose("embedding_all_reduce", c.embedding_all_reduce);
  choose("kvp_exchange", c.kvp_exchange);
  choose("cp_return", c.cp_return);
  choose("attention_all_reduce", c.attention_all_reduce);
  choose("attention_reduce_scatter", c.attention_reduce_scatter);
  choose("ffn_all_gather", c.ffn_all_gather);
  choose("ffn_all_reduce", c.ffn_all_reduce);
  choose("ffn_reduce_scatter", c.ffn_reduce_scatter);
  choose("token_all_gather", c.token_all_gather);
  choose("sampling_all_gather", c.sampling_all_gather);
  return change.set.empty() ? Changes{} : Changes{change};
}

/// Nobody sets how popular experts are; this says what is to be had from placement that balances load.
Changes balance(const Result& base) {
  const Popularity& popularity = base.deployment.routing.popularity;
  using Kind = Popularity::Kind;
  const bool is_even = popularity.kind == Kind::uniform || popularity.kind == Kind::balanced ||
                       (popularity.kind == Kind::zipf && popularity.zipf == 0);
  if (!base.deployment.model.moe || is_even || base.deployment.routing.trace) return {};
  return {{"experts equally popular: about the most that balancing them by placement could give",
           {"routing.popularity=uniform"}}};
}

Changes assignment(const Result& base) {
  const Decode& decode = base.deployment.decode;
  if (decode.is_even() || decode.assignment == Assignment::least_loaded) return {};
  return {{"sequences to the attention group with the fewest cached tokens", {"decode.assignment=least-loaded"}}};
}

Changes launch(const Result& base) {
  const Deployment& d = base.deployment;
  const int group = largest_share(base.capacity.largest_group, d.parallelism.pipeline.batches());
  if (!base.feasible() || !d.runtime.is_eager(group)) return {};
  Change change{"kernels in captured graphs", {"runtime.launch=captured"}};
  if (d.runtime.captured_sequences && *d.runtime.captured_sequences < group)
    change.set.push_back(fmt::format("runtime.captured_sequences={}", group));
  return {change};
}

}  // namespace

const std::vector<Lever>& levers() {
  using enum ChangeKind;
  static const std::vector<Lever> table = {
      {deployment, batch},                // half, double, the largest that fits
      {deployment, attention_layout},     // neighbours on the same GPUs
      {deployment, context_parallelism},  // KVP for a ring, the other ring
      {deployment, ffn_layout},           // the same
      {deployment, layout_that_fits},     // as init chooses it, where this one does not
      {hardware, more_gpus},              // so many that a layout fits, where none does
      {deployment, dispatch},             // the other modes
      {deployment, overlap},              // the other policies that are possible
      {deployment, algorithms},           // auto where one is prescribed
      {deployment, launch},               // captured where launches are eager
      {deployment, balance},              // uniform popularity
      {deployment, assignment},           // least-loaded where sequences are drawn
      {hardware, island_bandwidth},       // x 2
      {hardware, fabric_bandwidth},       // x 2, with the links between routers
      {hardware, latencies},              // x 0.5, of islands, fabric and switches
      {hardware, hbm_bandwidth},          // x 1.5
      {hardware, hbm_capacity},           // x 1.5, where it limits the batch
      {hardware, peak_compute},           // x 1.5, of every number format
  };
  return table;
}

}  // namespace ringtail
