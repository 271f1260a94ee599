#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/count_text.hpp"
#include "decode/overlap_policy.hpp"
#include "model/weights.hpp"
#include "simulation/drawn_batch.hpp"
#include "simulation/ledger_text.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

constexpr std::string_view max_sequences = "max_sequences";

Capacity capacity_of(const Deployment& deployment, int batch_total, bool is_capped = false) {
  Capacity capacity;
  capacity.batch_total = batch_total;
  capacity.batch_per_gpu = static_cast<double>(batch_total) / deployment.gpus_per_stage();
  capacity.largest_group = largest_share(batch_total, deployment.parallelism.attention.dp);
  if (deployment.decode.is_even()) {
    capacity.ledger = memory_ledger(deployment, batch_total);
  } else {
    DrawnBatches drawn(deployment);
    capacity.drawn = drawn.fullest(batch_total);
    capacity.ledger = drawn.ledger(*capacity.drawn);
    capacity.largest_group = capacity.drawn->fullest.sequences;
  }
  capacity.limit = is_capped ? max_sequences : capacity.ledger.largest().name;
  return capacity;
}

/// "4096", or of drawn lengths the longest of all replications' first sequences.
int context_of_first(const Deployment& d) {
  return d.decode.context.is_fixed() ? d.decode.context.fixed : DrawnBatches(d).fullest(1).longest;
}

/// Whether all replications keep to runtime.max_sequences.
bool is_within_max_sequences(const Deployment& d, int batch_total) {
  if (!d.runtime.max_sequences || batch_total > most_drawn_sequences) return true;
  DrawnBatches drawn(d);
  for (int replication = 0; replication < drawn.replications(); ++replication)
    if (!drawn.is_within_max_sequences(drawn.load(replication, batch_total))) return false;
  return true;
}

long wanted_batch(const Deployment& deployment, int largest) {
  const Batch& batch = deployment.decode.batch;
  switch (batch.kind) {
    case Batch::Kind::max: return largest;
    case Batch::Kind::total: return batch.count;
    case Batch::Kind::per_gpu: return static_cast<long>(batch.count) * deployment.gpus_per_stage();
  }
  return 0;
}

/// Why a batch of `wanted` sequences that are drawn does not go in some replication, while one of `largest` does in
/// all.
std::optional<BatchError> drawn_batch_error(const Deployment& d, long wanted, int largest) {
  const std::string fitting = fmt::format("write `batch: max` or `batch: {{total: {}}}`", largest);
  if (wanted > most_drawn_sequences)
    return BatchError{fmt::format("a batch of {} is more than the {} that can be drawn one by one",
                                  count_text(wanted, "sequence"), most_drawn_sequences),
                      fitting};
  DrawnBatches drawn(d);
  const int micro_batches = overlap_policy(d.decode.overlap.kind).micro_batches;
  const int needed = micro_batches > 1 ? micro_batches : d.model.moe ? 0 : 1;
  for (int replication = 0; replication < drawn.replications(); ++replication) {
    const DrawnLoad load = drawn.load(replication, static_cast<int>(wanted));
    const Ledger ledger = drawn.ledger(load);
    if (!ledger.fits())
      return BatchError{fmt::format("a batch of {} does not fit as replication {} draws it: its fullest GPU "
                                    "lacks {}; the largest that fits in all {} is {}\n{}",
                                    count_text(wanted, "sequence"), replication, bytes_text(-ledger.free()),
                                    count_text(drawn.replications(), "replication"), largest, ledger_text(ledger)),
                        fitting};
    if (!drawn.is_within_max_sequences(load))
      return BatchError{
          fmt::format("of a batch of {} replication {} gives {} to an attention group, more "
                      "than runtime.max_sequences = {}",
                      count_text(wanted, "sequence"), replication, load.fullest.sequences, *d.runtime.max_sequences),
          fitting + ", or raise runtime.max_sequences"};
    if (load.fewest_sequences < needed)
      return BatchError{fmt::format("of a batch of {} replication {} gives {} to an attention group, and each "
                                    "needs {}",
                                    count_text(wanted, "sequence"), replication, load.fewest_sequences, needed),
                        "give a larger batch, or write `assignment: round-robin`"};
  }
  return std::nullopt;
}

/// Why a batch of `wanted` sequences cannot be simulated, of which `largest` fit into memory and the runtime allows
/// `allowed`.
std::optional<BatchError> batch_error(const Deployment& d, long wanted, int largest, long allowed) {
  const int dp = d.parallelism.attention.dp;
  const std::string fitting =
      fmt::format("write `batch: max` or `batch: {{total: {}}}`", std::min<long>(allowed, largest));
  if (!d.decode.is_even()) {
    if (auto error = drawn_batch_error(d, wanted, largest)) return error;
  } else if (wanted > largest) {
    const int shown = static_cast<int>(std::min<long>(wanted, 1'000'000'000));
    return BatchError{fmt::format("a batch of {} does not fit; the largest that fits is {}\n{}",
                                  count_text(wanted, "sequence"), largest, ledger_text(memory_ledger(d, shown))),
                      fitting};
  }
  if (wanted > allowed)
    return BatchError{fmt::format("a batch of {} is more than runtime.max_sequences = {} allows on {}: {}",
                                  count_text(wanted, "sequence"), *d.runtime.max_sequences,
                                  count_text(dp, "attention group"), allowed),
                      fitting + ", or raise runtime.max_sequences"};
  const double copies = static_cast<double>(wanted) * (1 + d.decode.draft()) *
                        (d.model.moe ? d.model.moe->experts_per_token : 1) * d.parallelism.ffn.tp;
  if (copies > std::numeric_limits<int>::max())
    return BatchError{fmt::format("a batch of {} makes {:.3g} token copies per layer, more than can be "
                                  "simulated",
                                  count_text(wanted, "sequence"), copies),
                      "give a smaller batch"};
  if (wanted < dp && !d.model.moe)
    return BatchError{
        fmt::format("a batch of {} leaves {} of {} data-parallel groups without a sequence", wanted, dp - wanted, dp),
        fmt::format("give at least {}, or lower parallelism.attention.dp", count_text(dp, "sequence"))};
  return std::nullopt;
}

}  // namespace

Ledger memory_ledger(const Deployment& d, int batch_total) {
  if (!d.decode.is_even()) {
    DrawnBatches drawn(d);
    return drawn.ledger(drawn.fullest(batch_total));
  }
  return memory_ledger(d.model, d.platform, d.parallelism, d.precision, d.runtime, d.routing.redundant_experts,
                       d.decode.context.fixed, batch_total, d.decode.draft(), d.routing.rebalance.has_value());
}

int max_batch(const Deployment& d) {
  if (!d.decode.is_even()) return DrawnBatches(d).max_batch();
  return max_batch(d.model, d.platform, d.parallelism, d.precision, d.runtime, d.routing.redundant_experts,
                   d.decode.context.fixed, d.decode.draft(), d.routing.rebalance.has_value());
}

BatchPlan plan_batch(const Deployment& deployment) {
  const Deployment& d = deployment;
  const int largest = max_batch(d);
  BatchPlan plan;
  if (largest == 0) {
    plan.capacity = capacity_of(deployment, 1);
    plan.capacity.batch_total = 0;
    plan.capacity.batch_per_gpu = 0;
    plan.infeasible_reason = fmt::format(
        "not even one sequence of {} tokens fits: a GPU would need {} of {}, most of it {}", context_of_first(d),
        bytes_text(plan.capacity.ledger.used()), bytes_text(plan.capacity.ledger.capacity), plan.capacity.limit);
    return plan;
  }
  const int groups = d.parallelism.attention.dp;
  const bool is_drawn = !d.decode.is_even();  // then `largest` is what is allowed, too
  const long allowed = d.runtime.max_sequences && !is_drawn ? long{*d.runtime.max_sequences} * groups : largest;
  const bool is_capped = is_drawn ? !is_within_max_sequences(d, largest + groups) : allowed < largest;
  const long wanted = wanted_batch(deployment, static_cast<int>(std::min<long>(allowed, largest)));
  const OverlapPolicy& policy = overlap_policy(d.decode.overlap.kind);
  const long least = policy.least_batch(d.parallelism.attention);
  if (wanted < least && d.decode.batch.kind == Batch::Kind::max) {
    plan.capacity = capacity_of(deployment, static_cast<int>(wanted), is_capped);
    plan.infeasible_reason = fmt::format("decode.overlap = {} needs {}, {} in each attention group, and only {} fit",
                                         policy.name, count_text(least, "sequence"), policy.micro_batches, wanted);
    return plan;
  }
  const PipelineParallelism& pipeline = d.parallelism.pipeline;
  const long least_of_pipeline = pipeline.stages > 1 ? long{pipeline.batches()} * d.parallelism.attention.dp : 0;
  if (wanted < least_of_pipeline) {
    plan.capacity = capacity_of(deployment, static_cast<int>(wanted), is_capped);
    plan.infeasible_reason =
        fmt::format("{} micro-batches need {} sequences, one each in every attention group, and only {} fit",
                    pipeline.batches(), least_of_pipeline, wanted);
    return plan;
  }
  plan.error = batch_error(deployment, wanted, largest, allowed);
  if (!plan.error) plan.capacity = capacity_of(deployment, static_cast<int>(wanted), is_capped);
  return plan;
}

}  // namespace ringtail
