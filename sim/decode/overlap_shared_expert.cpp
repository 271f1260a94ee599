#include <fmt/format.h>

#include <array>

#include "decode/overlap_policy.hpp"

namespace ringtail {
namespace {

constexpr std::array<Turn, 12> turns = {{
    {Part::attention_projections},
    {Part::attention},
    {Part::dense_ffn},
    {Part::router},
    {Part::dispatch},
    {Part::shared_up},
    {Part::receive},
    {Part::experts},
    {Part::combine},
    {Part::shared_down},
    {Part::finish},
    {Part::token_all_gather},
}};

std::optional<OverlapRefusal> refuse(const Model& model, const Parallelism& parallelism) {
  if (!model.moe || model.moe->shared_experts == 0)
    return OverlapRefusal{fmt::format("{} has no shared expert that could run beside dispatch and combine", model.name),
                          ""};
  return refuse_without_dispatch(parallelism);
}

}  // namespace

/// The shared expert runs in two pieces: up to its activation under dispatch, and from there under combine, as in
/// Megatron-Core's moe_shared_expert_overlap (github.com/NVIDIA/Megatron-LM, megatron/core/transformer/moe/
/// shared_experts.py).
OverlapPolicy shared_expert_overlap() { return {Overlap::Kind::shared_expert, "shared-expert", 1, turns, refuse}; }

}  // namespace ringtail
