#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/count_text.hpp"
#include "cli/commands.hpp"
#include "cli/routing_input.hpp"
#include "parallel/messages.hpp"
#include "parallel/rank_order.hpp"
#include "results/routing_results.hpp"
#include "routing/placement_names.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

/// The value of a name that the command line has accepted.
template <class Value, std::size_t n>
Value value_of(const std::string& wanted, const std::pair<std::string_view, Value> (&names)[n]) {
  for (const auto& [name, value] : names)
    if (name == wanted) return value;
  throw std::logic_error("no such name: " + wanted);
}

/// The deployment's placement as the command line changes it. What is in order without replicas is compared with EPLB.
void choose_placement(const CommandLine& line, const Routing& routing, RoutingStudy& study) {
  study.slots = line.slots > 0 ? line.slots : study.shape.experts + routing.redundant_experts;
  study.placement = routing.is_in_order() ? PlacementPolicy::eplb : routing.placement;
  if (!line.placement.empty()) study.placement = value_of(line.placement, placement_names);
  study.replica = line.replica.empty() ? routing.replica : value_of(line.replica, replica_names);
}

/// The popularity as in YAML, in one line.
std::string popularity_text(const Popularity& popularity) {
  switch (popularity.kind) {
    case Popularity::Kind::uniform: return "uniform";
    case Popularity::Kind::balanced: return "balanced";
    case Popularity::Kind::zipf: return fmt::format("zipf {}", popularity.zipf);
    case Popularity::Kind::zipf_weights: return fmt::format("zipf_weights {}", popularity.zipf_weights);
    case Popularity::Kind::lognormal: return fmt::format("lognormal {}", popularity.lognormal);
    case Popularity::Kind::dirichlet: return fmt::format("dirichlet {}", popularity.dirichlet);
    case Popularity::Kind::counts:
      return fmt::format("{}{}{}", std::filesystem::path(popularity.counts.file).filename().string(),
                         popularity.counts.rows.empty() ? "" : " ", popularity.counts.rows);
  }
  return {};
}

/// Of the deployment's batch, a rank's share of what is dispatched at a time.
int tokens_per_rank(const CommandLine& line, const Deployment& deployment) {
  if (line.tokens_per_rank > 0) return line.tokens_per_rank;
  const FfnParallelism& ffn = deployment.parallelism.ffn;
  const int tokens = plan_batch(deployment).capacity.batch_total * (1 + deployment.decode.draft());
  return std::max(1, tokens / (ffn.dp * ffn.ep * deployment.parallelism.pipeline.batches()));
}

/// What the reader should know of the figures.
std::vector<std::string> notes_on(const RoutingReport& report, const Deployment& deployment) {
  std::vector<std::string> notes;
  const int tp = deployment.parallelism.ffn.tp;
  for (const RoutingComparison& comparison : report.comparisons) {
    const int ranks = comparison.study.ranks;
    if (ranks * tp > deployment.gpus)
      notes.push_back(fmt::format("EP{} takes {}, and the deployment has {}: islands go on as they are there", ranks,
                                  count_text(ranks * tp, "GPU"), deployment.gpus));
    if (comparison.dropped)
      notes.push_back(
          fmt::format("with routing.capacity = {:g} experts drop {:.1f} % of the copies of EP{}; here all are "
                      "counted",
                      *deployment.routing.capacity, 100 * *comparison.dropped, ranks));
  }
  return notes;
}

RoutingReport report_of(const CommandLine& line, const Deployment& deployment) {
  const Moe& moe = *deployment.model.moe;
  RoutingStudy study;
  study.shape = {
      deployment.model.moe_layers(), moe.experts, moe.experts_per_token, {moe.expert_groups, moe.groups_per_token}};
  study.seed = deployment.run.seed;
  study.tokens_per_rank = tokens_per_rank(line, deployment);
  study.ranks_per_island = ep_ranks_per_island(deployment.parallelism, deployment.platform.island.size);
  choose_placement(line, deployment.routing, study);
  std::vector<int> sizes = line.ep;
  if (sizes.empty()) sizes.push_back(deployment.parallelism.ffn.ep);

  RoutingReport report{
      .name = deployment.name,
      .popularity = deployment.routing.trace ? "of a trace" : popularity_text(deployment.routing.popularity),
      .placement = std::string(name_of(study.placement)),
      .replica = std::string(name_of(study.replica)),
      .dispatch_message = dispatch_message(deployment.model, deployment.precision.dispatch),
      .combine_message = combine_message(deployment.model, deployment.precision.combine),
      .with_pairs = line.pairs,
      .overlap = std::nullopt,
      .comparisons = {},
      .notes = {}};
  const ExpertSampler sampler(study.shape, deployment.routing, study.seed, study.replication);
  const int tokens = *std::max_element(sizes.begin(), sizes.end()) * study.tokens_per_rank;
  const std::vector<std::uint16_t> chosen = draw_layers(sampler, study.shape, tokens);
  if (deployment.routing.correlation || deployment.routing.trace)
    report.overlap = token_overlap(sampler, study.shape, tokens);
  for (const int ranks : sizes) {
    study.ranks = ranks;
    RoutingStudy before = study;
    before.placement = PlacementPolicy::contiguous;
    before.slots = moe.experts;
    RoutingComparison comparison{study, routing_loads(before, sampler, chosen, tokens), {}, {}};
    if (study.placement != before.placement || study.slots != before.slots)
      comparison.after = routing_loads(study, sampler, chosen, tokens);
    if (const auto& capacity = deployment.routing.capacity)
      comparison.dropped = dropped_fraction(*capacity, study, chosen, tokens);
    report.comparisons.push_back(std::move(comparison));
  }
  report.notes = notes_on(report, deployment);
  return report;
}

}  // namespace

ExitCode run_routing(const CommandLine& line) {
  const LoadResult loaded = load_for_routing(line);
  const auto refuse = [](const std::string& errors) {
    fmt::print(stderr, "{}", errors);
    return ExitCode::bad_input;
  };
  if (!loaded.deployment) return refuse(loaded.errors);
  const Deployment& deployment = *loaded.deployment;
  if (!deployment.model.moe)
    return refuse(loaded.sources.diagnostic_at("model", "a dense model has no experts to route to", "use an MoE"));
  if (ep_ranks_per_island(deployment.parallelism, deployment.platform.island.size) == 0)
    return refuse(loaded.sources.diagnostic_at("parallelism.order",
                                               "EP ranks do not lie on islands one after the other, as is counted here",
                                               "add --set 'parallelism.order=[tp, kvp, cp, dp, pp]'"));
  if (const std::string mistake = wrong_routing_option(line, deployment); !mistake.empty()) return refuse(mistake);
  try {
    const RoutingReport report = report_of(line, deployment);
    switch (line.format) {
      case OutputFormat::json: return write_result(to_json(report), ExitCode::ok);
      case OutputFormat::csv:
        for (const std::string& note : report.notes) spdlog::warn(note);  // A table has no place for them.
        return write_result(to_csv(report), ExitCode::ok);
      default: return write_result(to_text(report), ExitCode::ok);
    }
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return ExitCode::failure;
  }
}

}  // namespace ringtail
