#include "simulation/effects.hpp"

#include "decode/length_law.hpp"

namespace ringtail {
namespace {

std::vector<KernelEfficiency*> classes_of(Kernels& kernels) {
  std::vector<KernelEfficiency*> classes = {&kernels.gemm, &kernels.grouped_gemm, &kernels.attention, &kernels.memory};
  const auto add = [&](std::optional<KernelEfficiency>& given) {
    if (given) classes.push_back(&*given);
  };
  add(kernels.latent_attention);
  for (auto* each : {&kernels.collective, &kernels.dispatch, &kernels.combine}) add(*each);
  for (auto* mode : {&kernels.intra, &kernels.inter})
    if (*mode)
      for (auto* each : {&(*mode)->dispatch, &(*mode)->combine}) add(*each);
  for (auto* format : {&kernels.fp4, &kernels.fp8, &kernels.bf16}) {
    if (!*format) continue;
    FormatKernels& f = **format;
    for (auto* each : {&f.gemm, &f.grouped_gemm, &f.attention, &f.latent_attention}) add(*each);
  }
  return classes;
}

/// NICs on one switch, with nothing in between.
Fabric one_switch(const Fabric& fabric) {
  return {.bandwidth = fabric.bandwidth,
          .efficiency = fabric.efficiency,
          .latency = fabric.latency,
          .switch_latency = fabric.switch_latency,
          .nics_per_island = fabric.nics_per_island};
}

void remove_overheads(Deployment& d) {
  d.platform.gpu.launch_overhead = 0;
  for (KernelEfficiency* each : classes_of(d.platform.gpu.kernels)) each->floor = each->per_item = 0;
  d.runtime.launch_time = 0;
  d.runtime.step_overhead = 0;
}

void remove_inefficiency(Platform& platform) {
  for (KernelEfficiency* each : classes_of(platform.gpu.kernels)) each->compute = each->bandwidth = 1;
  for (Degradation& each : platform.degrade) each.compute = each.hbm = 1;
}

Collectives by_formula() {
  Collectives collectives;
  collectives.all_reduce = AllReduceAlgorithm::formula;
  collectives.all_gather = collectives.reduce_scatter = GatherAlgorithm::formula;
  collectives.all_to_all = AllToAllAlgorithm::formula;
  collectives.dispatch = DispatchMode::formula;
  return collectives;
}

void remove_contention(Platform& platform) {
  platform.fabric = one_switch(platform.fabric);
  std::erase_if(platform.degrade, [](const Degradation& each) { return each.link.has_value(); });
  for (Degradation& each : platform.degrade) each.nic = each.nvlink = 1;
}

}  // namespace

const std::vector<EffectSwitch>& effect_switches() {
  static const std::vector<EffectSwitch> switches = {
      {"kernel_maxima", &Effects::kernel_maxima},
      {"kernel_efficiency", &Effects::kernel_efficiency},
      {"tiles", &Effects::tiles},
      {"overheads", &Effects::overheads},
      {"activations", &Effects::activations},
      {"collective_algorithms", &Effects::collective_algorithms},
      {"fabric_contention", &Effects::fabric_contention},
      {"popularity", &Effects::popularity},
      {"routing_draws", &Effects::routing_draws},
      {"context_lengths", &Effects::context_lengths},
      {"remainders", &Effects::remainders},
      {"skew", &Effects::skew},
      {"overlap", &Effects::overlap},
  };
  return switches;
}

Deployment without_effects(Deployment d) {
  const Effects& effects = d.effects;
  if (!effects.kernel_efficiency) remove_inefficiency(d.platform);
  if (!effects.tiles)
    for (KernelEfficiency* each : classes_of(d.platform.gpu.kernels)) each->tile = 1;
  if (!effects.overheads) remove_overheads(d);
  if (!effects.collective_algorithms) d.collectives = by_formula();
  if (!effects.fabric_contention) remove_contention(d.platform);
  if (!effects.popularity) {
    d.routing.popularity = {};
    d.routing.correlation.reset();
    d.routing.trace.reset();
  }
  if (!effects.routing_draws) d.routing.rebalance = {};  // There is nothing to count.
  if (!effects.context_lengths) {
    d.decode.context = {.fixed = mean_context(d.decode.context)};
    d.decode.assignment = Assignment::round_robin;
  }
  if (!effects.overlap) d.decode.overlap = {};
  return d;
}

}  // namespace ringtail
