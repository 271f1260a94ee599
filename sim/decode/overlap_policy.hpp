#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "decode/decode_config.hpp"
#include "model/model.hpp"
#include "parallel/parallelism.hpp"

namespace ringtail {

/// A part of a layer in the ops of one rank, in the order in which data need them. One that a layer does not have
/// writes nothing.
enum class Part {
  attention_projections,  ///< Norm; query, key and value.
  attention,              ///< Over the cache, output projection and its collective; cross-attention.
  dense_ffn,
  router,    ///< Norm, router, top-k.
  dispatch,  ///< Send kernel; the transfers begin.
  shared_up,
  shared_down,
  receive,  ///< Waits for dispatch's transfers; receive kernel.
  experts,
  combine,           ///< Send kernel; the transfers begin.
  finish,            ///< Waits for combine's transfers; weighted sum.
  token_all_gather,  ///< From owners to attention groups.
};

/// One micro-batch's part of a layer.
struct Turn {
  Part part;
  int micro_batch = 0;
  int layers_ahead = 0;  ///< 1: of the layer after.
};

/// Why a deployment cannot have a policy.
struct OverlapRefusal {
  std::string message;
  std::string help;  ///< What would make it possible, after "use none, or"; may be empty.
};

/// How a rank's stream is put together: for each layer the turns in their order. Communication is hidden by what stands
/// between the turn that begins it and the one that waits for it. A policy is one of these in a file overlap_NAME.cpp,
/// its declaration below, and a line in overlap_policy.cpp.
struct OverlapPolicy {
  Overlap::Kind kind;
  std::string_view name;
  /// Layers from the first to the last MoE layer are done by so many micro-batches, each reading the weights for
  /// itself; the rest of the step by the whole batch.
  int micro_batches;
  std::span<const Turn> turns;
  std::optional<OverlapRefusal> (*refuse)(const Model&, const Parallelism&);

  /// Sequences that a batch must have: one of each micro-batch in each attention group. A policy without micro-batches
  /// asks for none: ranks of an MoE may have no tokens.
  [[nodiscard]] long least_batch(const AttentionParallelism& attention) const {
    return micro_batches > 1 ? long{micro_batches} * attention.dp : 0;
  }
};

std::span<const OverlapPolicy> overlap_policies();
const OverlapPolicy& overlap_policy(Overlap::Kind kind);

/// For messages: "two-batch", "chunked in 4".
std::string overlap_text(const Overlap& overlap);

/// What to write after `decode.overlap:` to have the policy.
std::string_view overlap_yaml(const OverlapPolicy& policy);

/// The refusal of policies that run something under dispatch, where there is none.
std::optional<OverlapRefusal> refuse_without_dispatch(const Parallelism& parallelism);

/// The turns of a layer without overlap, by one micro-batch.
std::span<const Turn> turns_in_order();

// The policies.
OverlapPolicy no_overlap();
OverlapPolicy shared_expert_overlap();
OverlapPolicy two_batch_overlap();
OverlapPolicy chunked_overlap();

}  // namespace ringtail
