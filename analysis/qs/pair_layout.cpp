#include "qs/pair_layout.hpp"

#include <fmt/format.h>

#include <optional>

#include "compare/compare.hpp"
#include "qs/mistakes.hpp"
#include "simulation/layout_choice.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

/// Layouts to choose among.
std::vector<TriedLayout> candidates(Deployment deployment) {
  std::vector<TriedLayout> layouts = possible_layouts(deployment);
  if (deployment.model.moe) return layouts;
  const std::size_t count = layouts.size();
  for (std::size_t i = 0; i < count; ++i) {
    const AttentionParallelism attention = layouts[i].parallelism.attention;
    for (int tp = 1; tp < attention.group_ranks(); ++tp) {
      if (attention.group_ranks() % tp != 0) continue;
      deployment.parallelism = {attention, {.dp = deployment.gpus / tp, .ep = 1, .tp = tp}};
      if (mistakes_of(deployment).empty()) layouts.push_back({deployment.parallelism, max_batch(deployment)});
    }
  }
  return layouts;
}

/// The batch of a deployment whose largest is `largest`; 0 if it cannot be.
long batch_of(const Deployment& deployment, int largest) {
  const Batch& batch = deployment.decode.batch;
  if (batch.kind == Batch::Kind::max) return largest;
  const long wanted = batch.kind == Batch::Kind::total ? batch.count : long{batch.count} * deployment.gpus;
  const bool has_idle_group = !deployment.model.moe && wanted < deployment.parallelism.attention.dp;
  return wanted > largest || has_idle_group ? 0 : wanted;
}

/// A number times to / from; none if that is not whole.
std::optional<int> scaled(int number, int from, int to) {
  const long product = long{number} * to;
  return product % from == 0 ? std::optional(static_cast<int>(product / from)) : std::nullopt;
}

}  // namespace

std::string lay_out_fastest(Deployment& deployment) {
  if (const std::string errors = layout_errors(deployment); !errors.empty()) return first_message(errors);
  double fastest = 0;
  Parallelism best;
  for (const TriedLayout& layout : candidates(deployment)) {
    deployment.parallelism = layout.parallelism;
    const auto batch = static_cast<double>(batch_of(deployment, layout.batch));
    const double tokens_per_s =
        closed_form::evaluate(system_of(deployment), closed_form::physical_switches(), batch).tokens_per_s;
    if (tokens_per_s <= fastest) continue;
    fastest = tokens_per_s;
    best = layout.parallelism;
  }
  deployment.parallelism =
      fastest > 0 ? best : choose_layout(deployment, deployment.gpus, Formats::given).chosen.parallelism;
  return {};
}

std::string stretch_layout(Deployment& deployment, const Deployment& from) {
  deployment.parallelism = from.parallelism;
  if (deployment.gpus == from.gpus) return {};
  const auto stretched = [&](int number) { return scaled(number, from.gpus, deployment.gpus); };
  auto& [attention, ffn, pipeline, order] = deployment.parallelism;
  int& groups = attention.dp > 1 ? attention.dp : attention.cp > 1 ? attention.cp : attention.kvp;
  const auto stretched_groups = stretched(groups);
  if (stretched_groups) {
    groups = *stretched_groups;
    for (int FfnParallelism::*const part : {&FfnParallelism::ep, &FfnParallelism::dp}) {
      if (!deployment.model.moe && part == &FfnParallelism::ep) continue;
      ffn = from.parallelism.ffn;
      const auto ranks = stretched(ffn.*part);
      if (!ranks) continue;
      ffn.*part = *ranks;
      if (mistakes_of(deployment).empty()) return {};
    }
  }
  return fmt::format("the layout given for {} GPUs cannot be stretched to {}", from.gpus, deployment.gpus);
}

}  // namespace ringtail
