#include <fmt/format.h>

#include "decode/overlap_policy.hpp"

namespace ringtail {
namespace {

/// All-reduces are where attention and FFN are split over the same TP ranks: `is_plain_tensor_parallel`.
std::optional<OverlapRefusal> refuse(const Model& model, const Parallelism& parallelism) {
  const AttentionParallelism& attention = parallelism.attention;
  if (!model.has_dense_layers())
    return OverlapRefusal{fmt::format("no layer of {} ends in an all-reduce: all have experts", model.name), ""};
  if (attention.tp == 1)
    return OverlapRefusal{"parallelism.attention.tp = 1: nothing is all-reduced after a product", ""};
  if (!parallelism.is_plain_tensor_parallel())
    return OverlapRefusal{
        fmt::format("only attention and FFN on the same TP ranks all-reduce: parallelism.attention has kvp = {}, tp = "
                    "{}, and parallelism.ffn tp = {}",
                    attention.kvp, attention.tp, parallelism.ffn.tp),
        "give both the same tp, with kvp: 1"};
  return std::nullopt;
}

}  // namespace

/// The order of `none`; products before all-reduces and these are cut into chunks (StreamWriter::gemm_all_reduce).
OverlapPolicy chunked_overlap() { return {Overlap::Kind::chunked, "chunked", 1, turns_in_order(), refuse}; }

}  // namespace ringtail
