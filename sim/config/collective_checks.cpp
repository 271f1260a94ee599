#include "config/collective_checks.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "decode/overlap_policy.hpp"
#include "parallel/island_spread.hpp"

namespace ringtail {
namespace {

/// On how many islands blocks of `ranks` ranks lie, at most.
int islands_of(int ranks, const Deployment& deployment) {
  return spread_of_blocks(deployment.parallelism, ranks, deployment.platform.island.size).islands;
}

void check_dispatch(const Context& context) {
  const Deployment& deployment = context.deployment;
  if (!deployment.model.moe || deployment.collectives.dispatch != DispatchMode::intra) return;
  const int group = deployment.parallelism.ffn.group_ranks();
  const int size = deployment.platform.island.size;
  if (!ranks_have_gpus(context) || !context.sound({"platform.island.size"}) || islands_of(group, deployment) == 1)
    return;
  context.error("collectives.dispatch",
                fmt::format("intra needs all GPUs that share experts on one island: parallelism.ffn ep · tp = {}, "
                            "platform.island.size = {}",
                            group, size),
                "use inter, which forwards inside islands, or ll",
                {"parallelism.ffn", "parallelism.order", "platform.island.size"});
}

/// A number of SMs limits nothing unless the platform says what one copies.
void check_sms(const Context& context) {
  const Collectives& collectives = context.deployment.collectives;
  if (context.deployment.platform.gpu.sm_copy_rate || !context.sound({"platform.gpu"})) return;
  const auto check = [&](const std::string& path, const std::optional<int>& sms) {
    if (!sms || !context.sound({path})) return;
    context.error(path, fmt::format("{} = {}: the platform does not say what one SM copies", path, *sms),
                  fmt::format("give platform.gpu.sm_copy_rate, or leave out {}", path.substr(path.rfind('.') + 1)));
  };
  check("collectives.dispatch_sms", collectives.dispatch_sms);
  check("collectives.dense_sms", collectives.dense_sms);
}

/// SMs that copy beside kernels are missing there; how much that is depends on how many there are.
void check_taken_sms(const Context& context) {
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

void check_in_switch(const Context& context) {
  const Deployment& deployment = context.deployment;
  const Collectives& collectives = deployment.collectives;
  const AttentionParallelism& attention = deployment.parallelism.attention;
  const Island& island = deployment.platform.island;
  if (!ranks_have_gpus(context) || !context.sound({"platform.island", "collectives"})) return;
  const auto refuse_on_mesh = [&](std::string_view path, std::optional<AllReduceAlgorithm> wanted) {
    if (wanted == AllReduceAlgorithm::in_switch)
      context.error(path, "in-switch needs a switch that adds, and platform.island.topology = mesh has none",
                    "use auto", {"platform.island.topology"});
  };
  const auto check = [&](std::string_view family, const std::optional<AllReduceAlgorithm>& own, int ranks) {
    const std::string path = fmt::format("collectives.{}", family);
    if (island.topology == Island::Topology::mesh) return refuse_on_mesh(path, own);
    if (own.value_or(collectives.all_reduce) != AllReduceAlgorithm::in_switch) return;
    const int islands = islands_of(ranks, deployment);
    if (islands == 1) return;
    context.error(
        own ? path : "collectives.all_reduce",
        fmt::format("in-switch needs a group on one island: {} is between {} ranks on {}, platform.island.size = {}",
                    family, ranks, islands, island.size),
        own ? "use auto" : fmt::format("add `{}: auto`", family),
        {"parallelism.attention", "parallelism.order", "platform.island.size"});
  };
  if (island.topology == Island::Topology::mesh) refuse_on_mesh("collectives.all_reduce", collectives.all_reduce);
  check("embedding_all_reduce", collectives.embedding_all_reduce, attention.token_group_ranks());
  check("attention_all_reduce", collectives.attention_all_reduce, attention.tp);
  check("ffn_all_reduce", collectives.ffn_all_reduce, attention.tp);
}

}  // namespace

void check_collectives(const Context& context) {
  check_dispatch(context);
  check_in_switch(context);
  check_sms(context);
  check_taken_sms(context);
}

}  // namespace ringtail
