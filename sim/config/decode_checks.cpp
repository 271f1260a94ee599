#include "config/decode_checks.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "decode/overlap_policy.hpp"

namespace ringtail {

void check_overlap(const CheckContext& context) {
  const Deployment& d = context.deployment;
  const Overlap& overlap = d.decode.overlap;
  if (!context.sound({"decode.overlap", "model", "parallelism", "gpus"}) || overlap.kind == Overlap::Kind::none) return;
  const OverlapPolicy& policy = overlap_policy(overlap.kind);
  if (const auto refusal = policy.refuse(d.model, d.parallelism)) {
    std::vector<std::string_view> possible;
    for (const OverlapPolicy& other : overlap_policies())
      if (!other.refuse(d.model, d.parallelism))
        possible.push_back(other.kind == Overlap::Kind::chunked ? "{chunked: 2}" : other.name);
    const std::string help = fmt::format("use {}", fmt::join(possible, " or "));
    context.error("decode.overlap", fmt::format("decode.overlap = {}: {}", overlap_text(overlap), refusal->message),
                  refusal->help.empty() ? help : help + ", or " + refusal->help, {"parallelism", "model"});
    return;
  }
  const Batch& batch = d.decode.batch;
  if (!context.sound({"decode.batch"}) || batch.kind == Batch::Kind::max) return;
  const std::int64_t total = std::int64_t{batch.count} * (batch.kind == Batch::Kind::per_gpu ? d.gpus : 1);
  const std::int64_t least = std::int64_t{policy.micro_batches} * d.parallelism.attention.dp;
  if (total >= least) return;
  context.error("decode.overlap",
                fmt::format("decode.overlap = {} needs {} sequences in each attention group: a batch of {} over "
                            "parallelism.attention.dp = {} has fewer",
                            policy.name, policy.micro_batches, total, d.parallelism.attention.dp),
                fmt::format("give a batch of at least {}, or another overlap", least), {"decode.batch"});
}

void check_taken_sms(const CheckContext& context) {
  const Deployment& d = context.deployment;
  if (!context.sound({"decode.overlap", "platform.gpu", "collectives"})) return;
  const auto check = [&](const std::string& path, const std::optional<int>& sms) {
    if (!sms) return;
    if (!d.platform.gpu.sms && d.decode.overlap.kind != Overlap::Kind::none)
      context.error(
          path,
          fmt::format("{} = {}: kernels run beside these SMs (decode.overlap = {}), and the platform does not "
                      "say how many its GPU has",
                      path, *sms, overlap_text(d.decode.overlap)),
          fmt::format("give platform.gpu.sms, or leave out {}", path.substr(path.rfind('.') + 1)), {"decode.overlap"});
    if (d.platform.gpu.sms && *sms >= *d.platform.gpu.sms)
      context.error(
          path, fmt::format("{} = {} leaves none of platform.gpu.sms = {} to kernels", path, *sms, *d.platform.gpu.sms),
          fmt::format("{} can be at most {}", path.substr(path.rfind('.') + 1), *d.platform.gpu.sms - 1),
          {"platform.gpu.sms"});
  };
  check("collectives.dispatch_sms", d.collectives.dispatch_sms);
  check("collectives.dense_sms", d.collectives.dense_sms);
}

void check_mtp(const CheckContext& context) {
  const Deployment& d = context.deployment;
  if (!context.sound({"decode.mtp", "model"}) || d.decode.draft() == 0 || d.model.mtp) return;
  context.error("decode.mtp",
                fmt::format("{} has no module for multi-token prediction that could draft tokens", d.model.name),
                "leave out mtp, or describe one: `model.mtp: {modules: 1}` is a layer like the model's last, behind a "
                "projection of embedding and hidden state",
                {"model"});
}

}  // namespace ringtail
