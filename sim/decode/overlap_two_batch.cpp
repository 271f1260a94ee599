#include <fmt/format.h>

#include <array>

#include "decode/overlap_policy.hpp"

namespace ringtail {
namespace {

constexpr int A = 0, B = 1;

/// While one micro-batch dispatches and combines, the other attends.
constexpr std::array<Turn, 24> turns = {{
    {Part::dense_ffn, A},    {Part::router, A},      {Part::dispatch, A},
    {Part::shared_up, A},    {Part::shared_down, A}, {Part::attention_projections, B},
    {Part::receive, A},      {Part::experts, A},     {Part::combine, A},
    {Part::attention, B},    {Part::finish, A},      {Part::token_all_gather, A},
    {Part::dense_ffn, B},    {Part::router, B},      {Part::dispatch, B},
    {Part::shared_up, B},    {Part::shared_down, B}, {Part::attention_projections, A, 1},
    {Part::receive, B},      {Part::experts, B},     {Part::combine, B},
    {Part::attention, A, 1}, {Part::finish, B},      {Part::token_all_gather, B},
}};

std::optional<OverlapRefusal> refuse(const Model& model, const Parallelism& parallelism) {
  if (!model.moe)
    return OverlapRefusal{fmt::format("{} has no experts, so no dispatch and combine to run under", model.name), ""};
  if (parallelism.pipeline.stages > 1)
    return OverlapRefusal{
        fmt::format("a pipeline has micro-batches of its own: parallelism.pp = {}", parallelism.pipeline.stages),
        "set parallelism.pp: 1"};
  return refuse_without_dispatch(parallelism);
}

}  // namespace

/// Two micro-batches in turn, attention cut in two before the core, as DeepSeek describes its decoding
/// (github.com/deepseek-ai/profile-data) and SGLang does it (two-batch overlap).
OverlapPolicy two_batch_overlap() { return {Overlap::Kind::two_batch, "two-batch", 2, turns, refuse}; }

}  // namespace ringtail
