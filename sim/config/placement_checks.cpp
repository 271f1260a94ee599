#include "config/placement_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "routing/capacity.hpp"
#include "routing/placement_names.hpp"

namespace ringtail {
namespace {

/// EP degrees that divide the experts and leave no GPU over, and redundant experts that make it come out even.
std::string help_for(const Deployment& deployment) {
  const int experts = deployment.model.moe->experts;
  const int ep = deployment.parallelism.ffn.ep;
  const int redundant = (experts + ep - 1) / ep * ep - experts;
  return fmt::format("ep that divide it and gpus: {}; or routing.redundant_experts: {}, for {} on each of {} ranks",
                     common_divisors(experts, deployment.gpus), redundant, (experts + redundant) / ep, ep);
}

constexpr int most_slots = dropped_expert;  // Their numbers are below the mark of dropped copies.

void check_without_replicas(const Context& context) {
  const Deployment& deployment = context.deployment;
  const int experts = deployment.model.moe->experts;
  const int ep = deployment.parallelism.ffn.ep;
  if (experts % ep != 0)
    context.error("parallelism.ffn.ep",
                  fmt::format("parallelism.ffn.ep = {} does not divide model.moe.experts = {}", ep, experts),
                  help_for(deployment), {"model.moe.experts"});
  if (!deployment.routing.is_in_order() && experts > most_slots)
    context.error("routing.placement",
                  fmt::format("model.moe.experts = {}: at most {} can be placed", experts, most_slots),
                  "use contiguous", {"model.moe.experts"});
}

void check_replicas(const Context& context) {
  const Deployment& deployment = context.deployment;
  const int experts = deployment.model.moe->experts;
  const int ep = deployment.parallelism.ffn.ep;
  const int redundant = deployment.routing.redundant_experts;
  const std::int64_t slots = std::int64_t{experts} + redundant;
  const std::string sum =
      fmt::format("model.moe.experts + routing.redundant_experts = {} + {} = {}", experts, redundant, slots);
  if (slots < ep)
    context.error("routing.redundant_experts",
                  fmt::format("{} leaves some of parallelism.ffn.ep = {} ranks without any", sum, ep),
                  help_for(deployment), {"parallelism.ffn.ep", "model.moe.experts"});
  if (slots > most_slots)
    context.error("routing.redundant_experts", fmt::format("{}: at most {} are possible", sum, most_slots),
                  fmt::format("redundant_experts can be at most {}", std::max(most_slots - experts, 0)),
                  {"model.moe.experts"});
}

/// These pack experts onto islands first, or move them from the nearest rank.
void check_islands_of_ep(const Context& context) {
  const Deployment& deployment = context.deployment;
  const Routing& routing = deployment.routing;
  const bool asks = routing.placement == PlacementPolicy::eplb_hierarchical ||
                    routing.placement == PlacementPolicy::spread || routing.rebalance;
  if (!asks || !context.sound({"platform.island.size", "routing.rebalance"}) || !ranks_have_gpus(context) ||
      ep_ranks_per_island(deployment.parallelism, deployment.platform.island.size) > 0)
    return;
  const std::string what =
      routing.rebalance ? "routing.rebalance" : fmt::format("routing.placement = {}", name_of(routing.placement));
  context.error("parallelism.order",
                fmt::format("{} needs EP ranks that lie on islands one after the other, as many on each", what),
                "leave out parallelism.order, or use placement: eplb without rebalance",
                {routing.rebalance ? "routing.rebalance" : "routing.placement"});
}

void check_rebalance(const Context& context) {
  const Routing& routing = context.deployment.routing;
  if (!routing.rebalance || !context.sound({"routing.rebalance", "routing.placement", "routing.trace"})) return;
  if (routing.trace)
    context.error("routing.rebalance",
                  "routing.rebalance counts tokens from before the simulation, and a trace has none",
                  "leave out rebalance, or fit the trace: `ringtail routing fit`", {"routing.trace"});
  if (routing.placement == PlacementPolicy::eplb || routing.placement == PlacementPolicy::eplb_hierarchical ||
      routing.placement == PlacementPolicy::spread)
    return;
  context.error("routing.rebalance",
                fmt::format("routing.placement = {} does not depend on loads, so there is nothing to rebalance",
                            name_of(routing.placement)),
                "use placement: eplb, eplb-hierarchical or spread, or leave out rebalance", {"routing.placement"});
}

}  // namespace

void check_placement(const Context& context) {
  if (!context.deployment.model.moe || !context.sound({"parallelism.ffn.ep", "model.moe.experts",
                                                       "routing.redundant_experts", "routing.placement", "gpus"}))
    return;
  check_rebalance(context);
  check_islands_of_ep(context);
  if (context.deployment.routing.redundant_experts == 0)
    check_without_replicas(context);
  else
    check_replicas(context);
}

}  // namespace ringtail
