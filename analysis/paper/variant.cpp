#include "paper/variant.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/count_text.hpp"
#include "compare/compare.hpp"
#include "config/load.hpp"

namespace ringtail {
namespace {

/// The paper has one TP for attention and FFN (table 2): 8, and KVP over the rest. A latent KV cache, which TP ranks
/// would each hold whole, is nevertheless divided by all of them (switch mla_shard).
closed_form::System paper_system(const Deployment& deployment) {
  closed_form::System system = system_of(deployment);
  auto& [attention, ffn, pipeline, order] = system.parallelism;
  attention = {.dp = attention.dp, .kvp = attention.group_ranks() / ffn.tp, .tp = ffn.tp};
  return system;
}

void add_closed_forms(Variant& variant, int printed_batch) {
  if (variant.deployment.model.encoder) {
    variant.no_closed_form = "the closed form describes decoder-only models";
    return;
  }
  const auto evaluated = [&](const closed_form::System& system, closed_form::Switches switches) {
    switches.batch = printed_batch > 0 ? closed_form::BatchChoice::printed : closed_form::BatchChoice::equation;
    switches.printed_batch = printed_batch;
    return closed_form::evaluate(system, switches, 0);
  };
  variant.paper = evaluated(paper_system(variant.deployment), closed_form::paper_switches());
  variant.physical = evaluated(system_of(variant.deployment), closed_form::physical_switches());
}

}  // namespace

Variant& Variants::get(const VariantKey& key) {
  if (const auto known = variants_.find(key); known != variants_.end()) return known->second;
  std::vector<std::string> overrides = {"model=" + key.model, fmt::format("decode.context={}", key.context)};
  overrides.insert(overrides.end(), options_.overrides.begin(), options_.overrides.end());
  const auto file = reference_directory(options_.data) / "deployments" / (key.deployment + ".yaml");
  LoadResult loaded = load_deployment(file, overrides, options_.data);
  if (!loaded.deployment) throw ReferenceError(loaded.errors);
  Variant variant;
  variant.deployment = std::move(*loaded.deployment);
  const Deployment& d = variant.deployment;
  variant.ledger_batch = max_batch(d);
  if (key.batch > 0)
    variant.deployment.decode.batch = {Batch::Kind::total, std::max(1, std::min(key.batch, variant.ledger_batch))};
  if (key.batch > variant.ledger_batch)
    variant.remark = fmt::format("simulated with {}, the most that fit", count_text(variant.ledger_batch, "sequence"));
  add_closed_forms(variant, key.batch);
  return variants_.emplace(key, std::move(variant)).first->second;
}

void Variants::simulate(Variant& variant, const std::string& what) {
  if (variant.result || !variant.not_simulated.empty()) return;
  if (!options_.simulates) {
    variant.not_simulated = "not simulated, as asked";
    return;
  }
  const BatchPlan plan = plan_batch(variant.deployment);
  if (plan.error || !plan.infeasible_reason.empty()) {
    variant.not_simulated = "infeasible: " + (plan.error ? plan.error->message : plan.infeasible_reason);
    return;
  }
  variant.result =
      ringtail::simulate(variant.deployment, plan,
                         {options_.jobs, [&](const StepProgress& progress) { options_.on_progress(what, progress); }});
}

}  // namespace ringtail
