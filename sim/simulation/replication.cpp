#include "simulation/replication.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "collectives/endpoint_limits.hpp"
#include "decode/phase_maxima.hpp"
#include "engine/engine.hpp"
#include "parallel/pipeline.hpp"
#include "parallel/rank_order.hpp"
#include "simulation/effects.hpp"
#include "simulation/placements.hpp"
#include "simulation/recorders.hpp"

namespace ringtail {
namespace {

std::optional<DecodeProgram::RoutingDraws> routing_draws(const Deployment& deployment, const Layout& layout,
                                                         int replication) {
  if (!deployment.model.moe) return std::nullopt;
  const Moe& moe = *deployment.model.moe;
  std::vector<int> ep_rank_of_slot;
  for (int slot = 0; slot < layout.expert_slots(); ++slot)
    ep_rank_of_slot.push_back(layout.slot_holders(slot).front() / layout.parallelism().ffn.tp);
  ExpertSampler sampler(
      {deployment.model.moe_layers(), moe.experts, moe.experts_per_token, {moe.expert_groups, moe.groups_per_token}},
      deployment.routing, deployment.run.seed, replication);
  ExpertSlots slots = expert_slots(deployment, sampler, replication);
  std::optional<Rebalancing> past = rebalancing(deployment, sampler, layout.batch_total(), replication);
  const int first_step = deployment.run.warmup.value();
  return DecodeProgram::RoutingDraws{std::move(sampler),
                                     RoutingStatistics(ep_rank_of_slot, layout.parallelism().ffn.ep),
                                     first_step,
                                     first_step + deployment.run.steps,
                                     deployment.routing.capacity,
                                     std::move(slots),
                                     std::move(past)};
}

/// What collectives are chosen by knows nothing of slow GPUs and links, as a framework would not.
std::shared_ptr<const Wiring> sound_wiring(const Deployment& deployment) {
  Platform sound = deployment.platform;
  sound.degrade.clear();
  return std::make_shared<const Wiring>(sound, deployment.gpus, endpoint_limits(deployment.collectives, sound.gpu),
                                        gpu_of_rank(deployment.parallelism));
}

std::vector<PathPart> path_parts(const Causality::Path& path, const Program& program, int layers, double steps) {
  std::vector<PathPart> parts;
  std::vector<std::string> whats = program.stages();
  whats.insert(whats.end(), program.families().begin(), program.families().end());
  const auto rows = static_cast<std::size_t>(layers) + 1;
  for (int layer = -1; layer < layers; ++layer) {
    for (std::size_t what = 0; what < whats.size(); ++what) {
      const Seconds seconds = path[what * rows + static_cast<std::size_t>(layer + 1)] / steps;
      if (seconds > 0) parts.push_back({whats[what], layer, seconds});
    }
  }
  return parts;
}

/// Replicas of the model share no token, so each decodes at a pace of its own.
double pace_of(const Layout& layout, const Accounting& accounting, Seconds step) {
  const int replica = layout.replica_ranks();
  if (replica == layout.ranks()) return 1;
  const int last_stage = layout.parallelism().ranks() - layout.ranks();
  double tokens = 0;
  for (int first = 0; first < layout.ranks(); first += replica) {
    int owned = 0;
    for (int rank = first; rank < first + replica; ++rank) owned += layout.owned_tokens(rank);
    tokens += owned * step / accounting.own_cycle(last_stage + first, last_stage + first + replica);
  }
  return tokens / layout.batch_total();
}

/// The accounts must add up on every GPU, along the critical path and over collectives; anything else is a bug in
/// them.
void check_sums(const Accounting& accounting, Seconds window) {
  const auto differs = [&](Seconds sum) { return std::abs(sum - window) > 1e-9 * window; };
  for (const StateSeconds& states : accounting.breakdown()) {
    Seconds sum = 0;
    for (const Seconds seconds : states) sum += seconds;
    if (differs(sum)) throw std::logic_error("a GPU's states do not add up to the measured window");
  }
  Seconds path = 0;
  for (const Seconds seconds : accounting.critical_path()) path += seconds;
  if (differs(path)) throw std::logic_error("the critical path is not as long as the measured window");
  Seconds parts = 0;
  for (const OverlapSeconds& family : accounting.overlap()) parts += family.total();
  const Seconds under_way = accounting.collectives_under_way();
  if (std::abs(parts - under_way) > 1e-9 * under_way)
    throw std::logic_error("the parts of collectives do not add up to the time with one under way");
}

void fill_tables(Replication& result, const Accounting& accounting, double steps) {
  const double gpus = static_cast<double>(accounting.breakdown().size());
  for (const StateSeconds& states : accounting.breakdown())
    for (std::size_t i = 0; i < state_count; ++i) result.breakdown[i] += states[i] / (gpus * steps);
  result.work = {accounting.work().compute / (gpus * steps), accounting.work().hbm / (gpus * steps)};
  for (OverlapSeconds family : accounting.overlap()) {
    for (Seconds* part : {&family.hidden, &family.exposed, &family.waiting, &family.overhead, &family.tail})
      *part /= gpus * steps;
    result.overlap.push_back(family);
  }
}

std::optional<RingStages> ring_stages(const Parallelism& parallelism) {
  if (parallelism.attention.cp == 1) return std::nullopt;
  return RingStages{static_cast<int>(Stage::attention), static_cast<int>(Stage::output_projection)};
}

std::optional<RingTailSeconds> mean_tail(const std::optional<RingTail>& measured, double gpus_and_steps) {
  if (!measured || measured->tails() == 0) return std::nullopt;
  RingTailSeconds tail;
  for (std::size_t i = 0; i < state_count; ++i)
    tail.of_layer[i] = measured->seconds()[i] / static_cast<double>(measured->tails());
  tail.of_step = tail.layer() * static_cast<double>(measured->tails()) / gpus_and_steps;
  return tail;
}

Bytes peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

}  // namespace

DecodeSpec decode_spec(const Deployment& deployment, int batch_total, int replication) {
  const int groups = deployment.parallelism.attention.dp;
  const auto deal = deal_of(deployment.decode, batch_total, groups, deployment.run.seed, replication);
  const int largest_group =
      deal ? *std::max_element(deal->of_group.begin(), deal->of_group.end()) : largest_share(batch_total, groups);
  const int slots = deployment.model.moe ? deployment.model.moe->experts + deployment.routing.redundant_experts : 0;
  const Layout layout(deployment.parallelism, batch_total, slots);
  return DecodeSpec{deployment.model,
                    deployment.platform.gpu,
                    deal ? layout.with_sequences(deal->of_group) : layout,
                    deployment.precision,
                    deployment.collectives,
                    deployment.decode.context.fixed,
                    deployment.runtime.kv_block,
                    sound_wiring(deployment),
                    deployment.runtime.is_eager(largest_share(largest_group, deployment.parallelism.pipeline.batches()))
                        ? deployment.runtime.launch_time
                        : 0,
                    deployment.runtime.step_overhead,
                    deployment.decode.overlap,
                    deployment.decode.draft(),
                    deployment.effects,
                    deal};
}

DecodeProgram decode_program(const Deployment& deployment, const DecodeSpec& spec, int replication) {
  return {spec, routing_draws(deployment, spec.layout, replication)};
}

Replication simulate_replication(const Deployment& given, int batch_total, int replication,
                                 const std::function<void(int)>& progress, const Recording& recording) {
  const auto begin = std::chrono::steady_clock::now();
  const Deployment deployment = without_effects(given);
  const DecodeSpec spec = decode_spec(deployment, batch_total, replication);
  DecodeProgram program = decode_program(deployment, spec, replication);
  const int layers = deployment.model.layers + spec.draft;
  Recorders recorders(recording, program, deployment, layers);
  RecordedAccounting accounting(program, layers, deployment.run, ring_stages(deployment.parallelism), progress,
                                recorders.all());
  PhaseMaxima of_phases(program);
  Program& executed = deployment.effects.kernel_maxima ? static_cast<Program&>(program) : of_phases;
  execute(executed, deployment.platform, deployment.network, accounting, gpu_of_rank(deployment.parallelism),
          endpoint_limits(deployment.collectives, deployment.platform.gpu),
          taken_shares(deployment.collectives, deployment.platform.gpu));

  const Seconds window = *accounting.window().end - *accounting.window().begin;
  const double steps = deployment.run.steps;
  check_sums(accounting, window);
  Replication result;
  result.step_seconds = accounting.step_seconds();
  result.step = window / steps;
  result.traversal = accounting.traversal();
  result.pace = pace_of(spec.layout, accounting, result.step);
  fill_tables(result, accounting, steps);
  result.ring_tail = mean_tail(accounting.ring_tail(), spec.layout.ranks() * steps);
  result.algorithms = program.algorithms();
  result.detail = recorders.finish(accounting.breakdown());
  result.critical_path = path_parts(accounting.critical_path(), program, layers, steps);
  if (program.routing() && deployment.effects.routing_draws) result.routing = program.routing()->statistics.mean();
  if (spec.deal) result.kv = kv_imbalance(spec);
  if (Rebalancing* const past = program.rebalancing())
    result.rebalancing = measured(*past, deployment.run, result.step_seconds);
  result.steps = accounting.counts().steps;
  result.kernels = accounting.counts().kernels;
  result.transfers = accounting.counts().transfers;
  result.simulated = *accounting.window().end;
  result.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (program.routing()) result.sampling = program.routing()->sampling_seconds;
  result.peak_memory = peak_memory();
  return result;
}

}  // namespace ringtail
