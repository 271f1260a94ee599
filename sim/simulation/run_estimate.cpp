#include "simulation/run_estimate.hpp"

#include <algorithm>
#include <variant>

#include "parallel/pipeline.hpp"
#include "simulation/effects.hpp"
#include "simulation/replication.hpp"
#include "simulation/run_replications.hpp"

namespace ringtail {
namespace {

/// Adds a rank's next piece of stream; true if its step ends with it.
bool count_next(DecodeProgram& program, int rank, std::vector<Op>& ops, StepWork& work) {
  ops.clear();
  program.next(rank, ops);
  for (const Op& op : ops) {
    if (std::holds_alternative<Kernel>(op)) ++work.kernels;
    const auto* post = std::get_if<Post>(&op);
    if (const auto* relay = std::get_if<Relay>(&op)) post = &relay->post;
    if (post) work.transfers += static_cast<double>(post->exchange->row(static_cast<std::size_t>(post->member)).size());
  }
  return !ops.empty() && std::holds_alternative<EndStep>(ops.back());
}

}  // namespace

StepWork count_step(const Deployment& given, int batch_total, double limit) {
  Deployment deployment = without_effects(given);
  deployment.routing.rebalance = {};  // Counting the past is not part of a step.
  deployment.run.warmup = 0;          // Nothing is measured here, and `auto` is no number yet.
  DecodeProgram program = decode_program(deployment, decode_spec(deployment, batch_total), 0);
  std::vector<StepWork> after(1);  // that many layers
  std::vector<Op> ops;
  std::vector<bool> has_ended(static_cast<std::size_t>(program.ranks()));
  bool ended = false;
  while (!ended && after.back().kernels + after.back().transfers < limit) {
    StepWork work = after.back();
    // The stages of a pipeline may have more or fewer layers.
    for (std::size_t rank = 0; rank < has_ended.size(); ++rank)
      if (!has_ended[rank]) has_ended[rank] = count_next(program, static_cast<int>(rank), ops, work);
    ended = std::find(has_ended.begin(), has_ended.end(), false) == has_ended.end();
    after.push_back(work);
  }
  const std::size_t written = after.size() - 1;
  const std::size_t half = written / 2;
  const PipelineParallelism& pipeline = deployment.parallelism.pipeline;
  const int layers = deployment.decode.draft() +
                     pipeline.batches() * largest_share(deployment.model.layers, pipeline.stages);  // Of a rank.
  const double left = ended ? 0 : (layers - static_cast<double>(written)) / static_cast<double>(written - half);
  StepWork work = after.back();
  work.kernels += left * (work.kernels - after[half].kernels);
  work.transfers += left * (work.transfers - after[half].transfers);
  if (const auto& moe = deployment.model.moe)
    work.copies = static_cast<double>(batch_total) * (1 + deployment.decode.draft()) * deployment.model.moe_layers() *
                  moe->experts_per_token;
  return work;
}

/// Processor time of the network's solver relative to the default one, as measured (docs/performance.md).
double solver_cost(const Deployment& deployment) {
  constexpr double exact = 4;     // tolerance 0; between 2.4 and 5.5
  constexpr double routed = 2.5;  // routes of more than two ports
  constexpr double coupled = 0.6;
  return (deployment.network.tolerance > 0 ? 1 : exact) *
         (deployment.platform.fabric.topology == Fabric::Topology::single_switch ? 1 : routed) *
         (deployment.network.sharing == Sharing::coupled ? coupled : 1);
}

/// Steps that rebalancing counts: before the first placement, before and after each event.
double counted_steps(const Deployment& deployment) {
  const auto& rebalance = deployment.routing.rebalance;
  if (!rebalance) return 0;
  const int events = 1 + deployment.run.steps / rebalance->every;
  return static_cast<double>(rebalance->window) * (1 + 2 * events);
}

/// Costs on one core of a Xeon, fitted to the processor time of 15 deployments on 8 to 320 GPUs: docs/performance.md
/// compares.
RunEstimate estimate_run(const Deployment& deployment, const StepWork& step, int jobs) {
  constexpr Seconds start = 0.3;  // of a process, its tables of popularity, its first step
  constexpr Seconds per_kernel = 0.5e-6;
  constexpr Seconds per_transfer = 0.4e-6;
  constexpr Seconds per_copy = 15e-9;  // drawing a token's expert, and how irregular it makes the transfers
  constexpr Seconds per_count = 4e-9;  // drawing a token's expert alone (docs/performance.md)
  constexpr Bytes base = 14e6;
  constexpr Bytes per_kernel_of_step = 150;  // the critical path's records
  constexpr Bytes per_transfer_of_layer = 150;

  const Run& run = deployment.run;
  RunEstimate estimate;
  estimate.step = step;
  const double steps = run.warmup ? *run.warmup + run.steps : pilot_steps(run) + run.steps;
  const double rounds = (run.replications + jobs - 1) / jobs;
  const Seconds network = per_transfer * step.transfers + per_copy * step.copies;
  const Seconds of_step = per_kernel * step.kernels + network * solver_cost(deployment);
  estimate.steps = steps * run.replications;
  estimate.wall = rounds * (start + steps * of_step + counted_steps(deployment) * per_count * step.copies);
  estimate.peak_memory =
      base + per_kernel_of_step * step.kernels + per_transfer_of_layer * step.transfers / deployment.model.layers;
  return estimate;
}

RunEstimate estimate_run(const Deployment& deployment, int batch_total, int jobs) {
  return estimate_run(deployment, count_step(deployment, batch_total), jobs);
}

}  // namespace ringtail
