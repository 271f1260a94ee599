#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "decode/overlap_policy.hpp"
#include "simulation/ledger_text.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {
namespace {

constexpr std::string_view max_sequences = "max_sequences";

Capacity capacity_of(const Deployment& deployment, int batch_total, bool is_capped = false) {
  Capacity capacity;
  capacity.batch_total = batch_total;
  capacity.batch_per_gpu = static_cast<double>(batch_total) / deployment.gpus_per_stage();
  capacity.ledger = memory_ledger(deployment, batch_total);
  capacity.limit = is_capped ? max_sequences : capacity.ledger.largest().name;
  return capacity;
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

/// Why a batch of `wanted` sequences cannot be simulated, of which `largest` fit into memory and the runtime allows
/// `allowed`.
std::optional<BatchError> batch_error(const Deployment& d, long wanted, int largest, long allowed) {
  const int dp = d.parallelism.attention.dp;
  const std::string fitting =
      fmt::format("write `batch: max` or `batch: {{total: {}}}`", std::min<long>(allowed, largest));
  if (wanted > largest) {
    const int shown = static_cast<int>(std::min<long>(wanted, 1'000'000'000));
    return BatchError{fmt::format("a batch of {} sequences does not fit; the largest that fits is {}\n{}", wanted,
                                  largest, ledger_text(memory_ledger(d, shown))),
                      fitting};
  }
  if (wanted > allowed)
    return BatchError{
        fmt::format(
            "a batch of {} sequences is more than runtime.max_sequences = {} allows on {} attention group{}: {}",
            wanted, *d.runtime.max_sequences, dp, dp == 1 ? "" : "s", allowed),
        fitting + ", or raise runtime.max_sequences"};
  const double copies = static_cast<double>(wanted) * (1 + d.decode.draft()) *
                        (d.model.moe ? d.model.moe->experts_per_token : 1) * d.parallelism.ffn.tp;
  if (copies > std::numeric_limits<int>::max())
    return BatchError{fmt::format("a batch of {} sequences makes {:.3g} token copies per layer, more than can be "
                                  "simulated",
                                  wanted, copies),
                      "give a smaller batch"};
  if (wanted < dp && !d.model.moe)
    return BatchError{
        fmt::format("a batch of {} leaves {} of {} data-parallel groups without a sequence", wanted, dp - wanted, dp),
        fmt::format("give at least {} sequences, or lower parallelism.attention.dp", dp)};
  return std::nullopt;
}

}  // namespace

Ledger memory_ledger(const Deployment& d, int batch_total) {
  return memory_ledger(d.model, d.platform, d.parallelism, d.precision, d.runtime, d.routing.redundant_experts,
                       d.decode.context, batch_total, d.decode.draft());
}

int max_batch(const Deployment& d) {
  return max_batch(d.model, d.platform, d.parallelism, d.precision, d.runtime, d.routing.redundant_experts,
                   d.decode.context, d.decode.draft());
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
        "not even one sequence of {} tokens fits: a GPU would need {} of {}, most of it {}", d.decode.context,
        bytes_text(plan.capacity.ledger.used()), bytes_text(plan.capacity.ledger.capacity), plan.capacity.limit);
    return plan;
  }
  const long allowed = d.runtime.max_sequences ? long{*d.runtime.max_sequences} * d.parallelism.attention.dp : largest;
  const long wanted = wanted_batch(deployment, static_cast<int>(std::min<long>(allowed, largest)));
  const OverlapPolicy& policy = overlap_policy(d.decode.overlap.kind);
  const long least = policy.least_batch(d.parallelism.attention);
  if (wanted < least && d.decode.batch.kind == Batch::Kind::max) {
    plan.capacity = capacity_of(deployment, static_cast<int>(wanted), allowed < largest);
    plan.infeasible_reason =
        fmt::format("decode.overlap = {} needs {} sequences, {} in each attention group, and only {} fit", policy.name,
                    least, policy.micro_batches, wanted);
    return plan;
  }
  const PipelineParallelism& pipeline = d.parallelism.pipeline;
  const long least_of_pipeline = pipeline.stages > 1 ? long{pipeline.batches()} * d.parallelism.attention.dp : 0;
  if (wanted < least_of_pipeline) {
    plan.capacity = capacity_of(deployment, static_cast<int>(wanted), allowed < largest);
    plan.infeasible_reason =
        fmt::format("{} micro-batches need {} sequences, one each in every attention group, and only {} fit",
                    pipeline.batches(), least_of_pipeline, wanted);
    return plan;
  }
  plan.error = batch_error(deployment, wanted, largest, allowed);
  if (!plan.error) plan.capacity = capacity_of(deployment, static_cast<int>(wanted), allowed < largest);
  return plan;
}

}  // namespace ringtail
