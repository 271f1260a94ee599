#include "config/decode_checks.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "decode/overlap_policy.hpp"

namespace ringtail {

void check_overlap(const Context& context) {
  const Deployment& d = context.deployment;
  const Overlap& overlap = d.decode.overlap;
  if (!context.sound({"decode.overlap", "model", "parallelism", "gpus"}) || overlap.kind == Overlap::Kind::none) return;
  const OverlapPolicy& policy = overlap_policy(overlap.kind);
  if (const auto refusal = policy.refuse(d.model, d.parallelism)) {
    std::vector<std::string_view> possible;
    for (const OverlapPolicy& other : overlap_policies())
      if (!other.refuse(d.model, d.parallelism)) possible.push_back(overlap_yaml(other));
    const std::string help = fmt::format("use {}", fmt::join(possible, " or "));
    context.error("decode.overlap", fmt::format("decode.overlap = {}: {}", overlap_text(overlap), refusal->message),
                  refusal->help.empty() ? help : help + ", or " + refusal->help, {"parallelism", "model"});
    return;
  }
  const Batch& batch = d.decode.batch;
  if (!context.sound({"decode.batch"}) || batch.kind == Batch::Kind::max) return;
  const std::int64_t total = std::int64_t{batch.count} * (batch.kind == Batch::Kind::per_gpu ? d.gpus_per_stage() : 1);
  const long least = policy.least_batch(d.parallelism.attention);
  if (total >= least) return;
  context.error("decode.overlap",
                fmt::format("decode.overlap = {} needs {} sequences in each attention group: a batch of {} over "
                            "parallelism.attention.dp = {} has fewer",
                            policy.name, policy.micro_batches, total, d.parallelism.attention.dp),
                fmt::format("give a batch of at least {}, or another overlap", least), {"decode.batch"});
}

void check_mtp(const Context& context) {
  const Deployment& d = context.deployment;
  if (!context.sound({"decode.mtp", "model"}) || d.decode.draft() == 0 || d.model.mtp) return;
  context.error("decode.mtp",
                fmt::format("{} has no module for multi-token prediction that could draft tokens", d.model.name),
                "leave out mtp, or describe one: `model.mtp: {modules: 1}` is a layer like the model's last, behind a "
                "projection of embedding and hidden state",
                {"model"});
}

void check_context(const Context& context) {
  const ContextLengths& lengths = context.deployment.decode.context;
  if (lengths.kind != ContextLengths::Kind::lognormal || !context.sound({"decode.context"})) return;
  const LognormalLengths& law = lengths.lognormal;
  const std::string path = "decode.context.lognormal";
  if (law.median.has_value() == law.mean.has_value())
    return context.error(path, path + (law.median ? ": median and mean are both given" : " needs a median or a mean"),
                         "write `{median: 4k, sigma: 1}` or `{mean: 4k, sigma: 1}`");
  const std::string name = law.median ? "median" : "mean";
  const int given = law.median ? *law.median : *law.mean;
  const int most = law.max.value_or(longest_context);
  // A mean of max would leave nothing below it.
  if (given < most || (given == most && (law.median || law.sigma == 0))) return;
  context.error(path + "." + name, fmt::format("{}.{} = {}, but no length is above max = {}", path, name, given, most),
                fmt::format("give a {} below max, or a larger max", name), {path + ".max"});
}

}  // namespace ringtail
