#include "simulation/layout_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "base/divisors.hpp"
#include "config/checks.hpp"
#include "network/topology.hpp"
#include "parallel/ledger.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

/// What is wrong with the deployment, as text; empty if nothing is.
std::string errors_of(const Deployment& deployment) {
  SourceMap sources;
  const std::string gpus = std::to_string(deployment.gpus);
  const int source = sources.add(command_line_source("--gpus " + gpus));
  sources.place("gpus", {source, 1, 8, static_cast<int>(gpus.size())});
  Diagnostics diagnostics;
  check_deployment(deployment, sources, diagnostics);
  return diagnostics.empty() ? std::string() : diagnostics.render(sources);
}

/// Feed-forward layouts for an attention group of `group` ranks, the preferred first: a dense network over that group;
/// experts over as many ranks as possible (EP), what is left as groups that hold all experts each (DP) before experts
/// that are split themselves (TP).
std::vector<FfnParallelism> ffn_layouts(const Deployment& deployment, int group) {
  if (!deployment.model.moe) return {{.dp = deployment.gpus / group, .ep = 1, .tp = group}};
  std::vector<FfnParallelism> layouts;
  for (const int rest : divisors_of(deployment.gpus))
    for (const int tp : divisors_of(rest)) layouts.push_back({.dp = rest / tp, .ep = deployment.gpus / rest, .tp = tp});
  return layouts;
}

/// The first feed-forward layout that comes out even with this attention layout and fits, or just comes out even.
std::optional<TriedLayout> complete(Deployment& deployment, const AttentionParallelism& attention) {
  std::optional<TriedLayout> even;
  for (const FfnParallelism& ffn : ffn_layouts(deployment, attention.group_ranks())) {
    deployment.parallelism = {attention, ffn};
    if (!errors_of(deployment).empty()) continue;
    const TriedLayout layout{deployment.parallelism, max_batch(deployment)};
    if (layout.batch > 0) return layout;
    if (!even) even = layout;
  }
  return even;
}

/// How little a layout's attention groups communicate and store twice: the smaller the better.
auto standing(const Deployment& deployment, const Parallelism& parallelism) {
  const auto& attention = parallelism.attention;
  return std::tuple(attention.group_ranks() > deployment.platform.island.size,
                    duplicated_kv_factor(deployment.model, attention) > 1, attention.kvp > 1);
}

}  // namespace

std::string layout_errors(Deployment deployment) {
  deployment.parallelism = {{.dp = deployment.gpus}, {.dp = deployment.gpus}};
  return errors_of(deployment);
}

std::vector<TriedLayout> possible_layouts(Deployment deployment) {
  std::vector<TriedLayout> tried;
  for (const int kvp : divisors_of(deployment.gpus)) {
    for (const int tp : divisors_of(deployment.gpus / kvp)) {
      const AttentionParallelism attention{.dp = deployment.gpus / (kvp * tp), .kvp = kvp, .tp = tp};
      if (const auto layout = complete(deployment, attention)) tried.push_back(*layout);
    }
  }
  const auto key = [&](const TriedLayout& layout) {
    const auto& attention = layout.parallelism.attention;
    return std::tuple(standing(deployment, layout.parallelism), attention.group_ranks(), attention.kvp);
  };
  std::stable_sort(tried.begin(), tried.end(),
                   [&](const TriedLayout& a, const TriedLayout& b) { return key(a) < key(b); });
  return tried;
}

namespace {

/// The layout that misses least, if none fits.
TriedLayout nearest(const Deployment& deployment, const std::vector<TriedLayout>& tried) {
  const auto used = [&](const TriedLayout& layout) {
    Deployment with = deployment;
    with.parallelism = layout.parallelism;
    return memory_ledger(with, 1).used();
  };
  return *std::min_element(tried.begin(), tried.end(),
                           [&](const TriedLayout& a, const TriedLayout& b) { return used(a) < used(b); });
}

/// The number formats that could be meant, the preferred first.
std::vector<Precision> precisions(const Precision& wanted, Formats formats) {
  if (formats == Formats::given) return {wanted};
  std::vector<Precision> result;
  for (const Dtype activations : {Dtype::bf16, Dtype::fp32})
    for (const Dtype kv : {Dtype::bf16, Dtype::fp8})
      for (const Dtype weights : {Dtype::fp8, Dtype::bf16, Dtype::fp4}) {
        result.push_back(wanted);
        result.back().weights = weights;
        result.back().kv = kv;
        result.back().activations = activations;
      }
  return result;
}

}  // namespace

LayoutChoice choose_layout(const Deployment& wanted, int gpus, Formats formats) {
  LayoutChoice choice;
  choice.deployment = wanted;
  Deployment& deployment = choice.deployment;
  deployment.gpus = gpus;
  deployment.decode.batch = {};
  std::vector<TriedLayout> tried;
  for (const Precision& precision : precisions(wanted.precision, formats)) {
    deployment.precision = precision;
    const std::string errors = layout_errors(deployment);
    if (errors.empty()) tried = possible_layouts(deployment);
    if (!tried.empty()) break;
    if (choice.errors.empty()) choice.errors = errors;
  }
  if (tried.empty()) return choice;
  choice.errors.clear();
  const auto fits =
      std::find_if(tried.begin(), tried.end(), [](const TriedLayout& layout) { return layout.batch > 0; });
  if (fits == tried.end()) {
    choice.chosen = nearest(deployment, tried);
  } else {
    const auto wanted_standing = standing(deployment, fits->parallelism);
    int largest = 0;
    for (const TriedLayout& layout : tried) {
      if (standing(deployment, layout.parallelism) != wanted_standing) continue;
      choice.tried.push_back(layout);
      largest = std::max(largest, layout.batch);
    }
    choice.chosen = *std::find_if(choice.tried.begin(), choice.tried.end(),
                                  [&](const TriedLayout& layout) { return layout.batch >= largest - largest / 2; });
  }
  deployment.parallelism = choice.chosen.parallelism;
  return choice;
}

int gpus_that_fit(const Deployment& wanted, int gpus, Formats formats) {
  const int island = wanted.platform.island.size;
  std::set<int> numbers;
  for (const int first : {1, island})
    for (int n = first; n <= most_ranks; n *= 2)
      if (n > gpus) numbers.insert(n);
  for (int islands = gpus / island + 1; islands <= gpus / island + 4; ++islands)
    if (islands * island <= most_ranks) numbers.insert(islands * island);
  const auto found = std::find_if(numbers.begin(), numbers.end(),
                                  [&](int n) { return choose_layout(wanted, n, formats).chosen.batch > 0; });
  return found == numbers.end() ? 0 : *found;
}

}  // namespace ringtail
