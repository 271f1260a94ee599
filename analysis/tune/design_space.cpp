#include "tune/design_space.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "base/count_text.hpp"
#include "base/divisors.hpp"
#include "decode/overlap_policy.hpp"
#include "qs/mistakes.hpp"
#include "routing/placement_names.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

/// On the GPUs of one stage.
std::vector<AttentionParallelism> attention_layouts(int gpus) {
  std::vector<AttentionParallelism> layouts;
  for (const int parts : divisors_of(gpus)) {
    for (const int tp : divisors_of(gpus / parts)) {
      AttentionParallelism attention{.dp = gpus / (parts * tp), .kvp = parts, .tp = tp};
      layouts.push_back(attention);
      if (parts == 1) continue;
      std::swap(attention.kvp, attention.cp);
      layouts.push_back(attention);
    }
  }
  return layouts;
}

/// Likewise. Of a dense network EP means what DP does.
std::vector<FfnParallelism> ffn_layouts(int gpus, bool is_moe) {
  std::vector<FfnParallelism> layouts;
  for (const int tp : divisors_of(gpus))
    for (const int dp : divisors_of(gpus / tp))
      if (is_moe || dp == gpus / tp) layouts.push_back({.dp = dp, .ep = gpus / tp / dp, .tp = tp});
  return layouts;
}

/// Redundant experts with their placement.
using Replicas = std::pair<int, PlacementPolicy>;

std::vector<Replicas> replicas_for(const Deployment& base, const FfnParallelism& ffn) {
  const Routing& routing = base.routing;
  const Replicas given{routing.redundant_experts, routing.placement};
  std::vector<Replicas> all = {given};
  const auto add = [&](const Replicas& replicas) {
    if (std::find(all.begin(), all.end(), replicas) == all.end()) all.push_back(replicas);
  };
  if (!base.model.moe || routing.popularity.kind == Popularity::Kind::balanced || routing.rebalance) return all;
  add({0, PlacementPolicy::contiguous});
  if (ffn.ep > 1) add({ffn.ep, PlacementPolicy::spread});
  return all;
}

std::vector<Overlap> overlaps() {
  std::vector<Overlap> all;
  for (const OverlapPolicy& policy : overlap_policies())
    all.push_back({policy.kind, policy.kind == Overlap::Kind::chunked ? 2 : 1});
  return all;
}

/// Collects designs, and obstacles by what they say whatever the numbers.
class Collector {
 public:
  explicit Collector(const Deployment& base) : deployment_(base) { deployment_.decode.batch = {}; }

  void add(const Design& design) {
    ++space_.tried;
    deployment_.parallelism = design.parallelism;
    deployment_.decode.overlap = design.overlap;
    deployment_.routing.redundant_experts = design.redundant_experts;
    deployment_.routing.placement = design.placement;
    if (const std::string mistake = mistakes_of(deployment_); !mistake.empty()) return refuse(mistake);
    const BatchPlan plan = plan_batch(deployment_);
    if (plan.error) return refuse(plan.error->message.substr(0, plan.error->message.find('\n')));
    if (!plan.infeasible_reason.empty()) return refuse(plan.infeasible_reason);
    space_.designs.push_back(design);
    space_.designs.back().largest_batch = plan.capacity.batch_total;
  }

  [[nodiscard]] DesignSpace take() {
    for (auto& [kind, obstacle] : obstacles_) space_.obstacles.push_back(std::move(obstacle));
    std::stable_sort(space_.obstacles.begin(), space_.obstacles.end(),
                     [](const Obstacle& a, const Obstacle& b) { return a.designs > b.designs; });
    return std::move(space_);
  }

 private:
  void refuse(const std::string& message) {
    std::string kind = message;
    std::erase_if(kind, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
    Obstacle& obstacle = obstacles_[kind];
    if (obstacle.designs++ == 0) obstacle.message = message;
  }

  Deployment deployment_;
  DesignSpace space_;
  std::map<std::string, Obstacle> obstacles_;
};

}  // namespace

DesignSpace design_space(const Deployment& base) {
  Collector collector(base);
  const bool is_moe = base.model.moe.has_value();
  for (const int stages : divisors_of(base.gpus)) {
    if (stages > base.model.layers) break;
    const int gpus = base.gpus / stages;
    for (const AttentionParallelism& attention : attention_layouts(gpus))
      for (const FfnParallelism& ffn : ffn_layouts(gpus, is_moe))
        for (const auto& [redundant, placement] : replicas_for(base, ffn))
          for (const Overlap& overlap : overlaps())
            collector.add({{attention, ffn, {.stages = stages}}, overlap, redundant, placement});
  }
  return collector.take();
}

Deployment deployment_of(const Deployment& base, const Design& design, int batch) {
  Deployment deployment = base;
  deployment.parallelism = design.parallelism;
  deployment.decode.overlap = design.overlap;
  deployment.routing.redundant_experts = design.redundant_experts;
  deployment.routing.placement = design.placement;
  deployment.decode.batch = {Batch::Kind::total, batch};
  return deployment;
}

std::string text_of(const Design& design) {
  const auto& [attention, ffn, pipeline, order] = design.parallelism;
  std::vector<std::string> words;
  const auto product = [&](std::string_view what, std::initializer_list<std::pair<std::string_view, int>> degrees) {
    std::vector<std::string> factors;
    for (const auto& [name, degree] : degrees)
      if (degree > 1) factors.push_back(fmt::format("{}{}", name, degree));
    words.push_back(
        fmt::format("{} {}", what, factors.empty() ? "on one GPU" : fmt::format("{}", fmt::join(factors, " x "))));
  };
  if (pipeline.stages > 1) words.push_back(fmt::format("PP{}", pipeline.stages));
  product("attention", {{"DP", attention.dp}, {"CP", attention.cp}, {"KVP", attention.kvp}, {"TP", attention.tp}});
  product("FFN", {{"DP", ffn.dp}, {"EP", ffn.ep}, {"TP", ffn.tp}});
  if (design.overlap.kind != Overlap::Kind::none) words.push_back(overlap_text(design.overlap));
  if (design.redundant_experts > 0) words.push_back(count_text(design.redundant_experts, "redundant expert"));
  if (design.placement != PlacementPolicy::contiguous) words.emplace_back(name_of(design.placement));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::vector<std::string> overrides_of(const Design& design, int batch, bool is_moe) {
  const auto& [attention, ffn, pipeline, order] = design.parallelism;
  std::vector<std::string> words = {
      fmt::format(
          "parallelism={{pp: {}, attention: {{dp: {}, cp: {}, kvp: {}, tp: {}}}, ffn: {{dp: {}, ep: {}, tp: {}}}}}",
          pipeline.stages, attention.dp, attention.cp, attention.kvp, attention.tp, ffn.dp, ffn.ep, ffn.tp),
      design.overlap.kind == Overlap::Kind::chunked
          ? fmt::format("decode.overlap={{chunked: {}}}", design.overlap.chunks)
          : fmt::format("decode.overlap={}", overlap_policy(design.overlap.kind).name),
      fmt::format("decode.batch={{total: {}}}", batch)};
  if (!is_moe) return words;
  words.push_back(fmt::format("routing.redundant_experts={}", design.redundant_experts));
  words.push_back(fmt::format("routing.placement={}", name_of(design.placement)));
  return words;
}

std::vector<int> batches_of(const Deployment& base, const Design& design) {
  const Batch& given = base.decode.batch;
  const int largest = design.largest_batch;
  if (given.kind != Batch::Kind::max) {
    const int gpus = base.gpus / design.parallelism.pipeline.stages;
    const long batch = given.kind == Batch::Kind::total ? given.count : long{given.count} * gpus;
    return batch <= largest ? std::vector{static_cast<int>(batch)} : std::vector<int>{};
  }
  const int groups = design.parallelism.attention.dp * design.parallelism.pipeline.batches();
  std::vector<int> batches;
  for (int batch = largest; batch > 0; batch /= 2) {
    if (batch < groups && !batches.empty()) break;
    batches.push_back(batch > groups ? batch / groups * groups : batch);
  }
  return batches;
}

}  // namespace ringtail
