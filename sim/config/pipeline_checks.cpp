#include "config/decode_checks.hpp"
#include "config/rule_context.hpp"

namespace ringtail {
namespace {

/// One stage takes no micro-batches and sends nothing.
void check_single_stage(const Context& context) {
  if (context.deployment.parallelism.pipeline.micro_batches)
    context.error("parallelism.micro_batches",
                  "parallelism.micro_batches needs pipeline stages, and parallelism.pp = 1",
                  "leave it out, or give parallelism.pp", {"parallelism.pp"});
  if (context.deployment.parallelism.pipeline.sends == PipelineParallelism::Sends::sync)
    context.error("parallelism.pp_sends", "parallelism.pp_sends needs pipeline stages, and parallelism.pp = 1",
                  "leave it out, or give parallelism.pp", {"parallelism.pp"});
}

void check_stages(const Context& context) {
  const Deployment& d = context.deployment;
  const int pp = d.parallelism.pipeline.stages;
  if (context.sound({"gpus"}) && d.gpus % pp != 0)
    context.error("parallelism.pp", fmt::format("parallelism.pp = {} does not divide gpus = {}", pp, d.gpus),
                  fmt::format("values that do: {}", common_divisors(d.gpus, d.gpus)), {"gpus"});
  if (!context.sound({"model"})) return;
  if (pp > d.model.layers)
    context.error(
        "parallelism.pp",
        fmt::format("parallelism.pp = {} stages need as many layers, and {} has {}", pp, d.model.name, d.model.layers),
        fmt::format("pp can be at most {}", d.model.layers), {"model"});
  if (d.model.encoder)
    context.error("parallelism.pp",
                  fmt::format("parallelism.pp = {}: pipelines are of decoder-only models, and {} has "
                              "an encoder",
                              pp, d.model.name),
                  "leave out pp", {"model"});
}

/// What orders the whole step in another way than stage by stage.
void check_alternatives(const Context& context) {
  const Deployment& d = context.deployment;
  const int pp = d.parallelism.pipeline.stages;
  if (context.sound({"decode.mtp"}) && d.decode.draft() > 0)
    context.error("decode.mtp",
                  fmt::format("decode.mtp: tokens are drafted by one stage alone, and parallelism.pp = {}", pp),
                  "leave out mtp, or set parallelism.pp: 1", {"parallelism.pp"});
  if (context.sound({"parallelism.attention"}) && d.parallelism.attention.cp > 1)
    context.error(
        "parallelism.pp",
        fmt::format("parallelism.pp = {}: hidden states are handed over within attention groups, and those of "
                    "cp = {} have no token in common",
                    pp, d.parallelism.attention.cp),
        fmt::format("use kvp: {}, or set parallelism.pp: 1", d.parallelism.attention.cp), {"parallelism.attention.cp"});
  if (context.sound({"decode.context", "decode.assignment"}) && !d.decode.is_even())
    context.error(
        "parallelism.pp",
        fmt::format("parallelism.pp = {}: micro-batches are of sequences that are alike, dealt round-robin", pp),
        "give a fixed decode.context, or set parallelism.pp: 1", {"decode.context", "decode.assignment"});
  if (d.routing.rebalance && context.sound({"routing.rebalance"}))
    context.error("routing.rebalance",
                  fmt::format("routing.rebalance: experts move before a step, which the stages of parallelism.pp = {} "
                              "begin at different times",
                              pp),
                  "leave it out, or set parallelism.pp: 1", {"parallelism.pp"});
  if (!context.sound({"effects"})) return;
  if (!d.effects.skew)
    context.error(
        "effects.skew",
        fmt::format("effects.skew: stages cannot wait for each other after each phase, as parallelism.pp = {} "
                    "has them in different layers",
                    pp),
        "leave it on, or set parallelism.pp: 1", {"parallelism.pp"});
  if (!d.effects.kernel_maxima)
    context.error(
        "effects.kernel_maxima",
        fmt::format("effects.kernel_maxima: a phase of the step is one of the whole model, and parallelism.pp = "
                    "{}",
                    pp),
        "leave it on, or set parallelism.pp: 1", {"parallelism.pp"});
}

/// A micro-batch has at least one sequence of each attention group.
void check_micro_batches(const Context& context) {
  const Deployment& d = context.deployment;
  const Batch& batch = d.decode.batch;
  if (!context.sound({"decode.batch", "gpus", "parallelism"}) || batch.kind == Batch::Kind::max) return;
  const PipelineParallelism& pipeline = d.parallelism.pipeline;
  const std::int64_t total = std::int64_t{batch.count} * (batch.kind == Batch::Kind::per_gpu ? d.gpus_per_stage() : 1);
  const std::int64_t least = std::int64_t{pipeline.batches()} * d.parallelism.attention.dp;
  if (total >= least) return;
  const std::int64_t most = total / d.parallelism.attention.dp;
  context.error(
      pipeline.micro_batches ? "parallelism.micro_batches" : "parallelism.pp",
      fmt::format("{} micro-batches need {} sequences, one in each of parallelism.attention.dp = {} groups, and "
                  "the batch has {}",
                  pipeline.batches(), least, d.parallelism.attention.dp, total),
      most > 0 ? fmt::format("give a batch of at least {}, or micro_batches: {}", least, most)
               : fmt::format("give a batch of at least {}", least),
      {"decode.batch"});
}

}  // namespace

void check_pipeline(const Context& context) {
  if (!context.sound({"parallelism.pp", "parallelism.micro_batches", "parallelism.pp_sends"})) return;
  if (context.deployment.parallelism.pipeline.stages == 1) return check_single_stage(context);
  check_stages(context);
  check_alternatives(context);
  check_micro_batches(context);
}

}  // namespace ringtail
