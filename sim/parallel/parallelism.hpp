#pragma once

#include <optional>

#include "model/dtype.hpp"

namespace ringtail {

/// Layout of the attention blocks: dp × kvp × tp ranks, tp innermost.
struct AttentionParallelism {
  int dp = 1;   ///< Data parallel: groups with sequences of their own.
  int kvp = 1;  ///< KV parallel (Helix, arXiv:2507.07120): a sequence's KV cache is split along its length.
  int tp = 1;   ///< Tensor parallel: heads are split.

  [[nodiscard]] int ranks() const { return dp * kvp * tp; }
  [[nodiscard]] int group_ranks() const { return kvp * tp; }
};

/// Layout of the feed-forward blocks: dp × ep × tp ranks, tp innermost. Dense layers use tp, with dp · ep groups side
/// by side.
struct FfnParallelism {
  int dp = 1;  ///< Data parallel: groups that each hold all experts, for tokens of their own.
  int ep = 1;  ///< Expert parallel: experts are split.
  int tp = 1;  ///< Tensor parallel: the intermediate size is split.

  [[nodiscard]] int ranks() const { return dp * ep * tp; }
  [[nodiscard]] int group_ranks() const { return ep * tp; }
};

/// Pipeline parallelism: layers are split over stages, each with ranks of its own, that work on different parts of the
/// batch at a time.
struct PipelineParallelism {
  /// Of hidden states to the next stage. Sampled tokens always go back asynchronously.
  enum class Sends {
    async,  ///< Posted, and the sender goes on.
    sync    ///< The sender goes on when the receiver has taken them.
  };
  int stages = 1;
  std::optional<int> micro_batches = std::nullopt;  ///< As many as stages, which is what keeps all busy.
  Sends sends = Sends::async;

  [[nodiscard]] int batches() const { return micro_batches.value_or(stages); }
};

/// Two layouts of the same ranks, after Helix: those of each pipeline stage.
struct Parallelism {
  AttentionParallelism attention;
  FfnParallelism ffn;
  PipelineParallelism pipeline = {};

  /// Of all stages.
  [[nodiscard]] int ranks() const { return pipeline.stages * attention.ranks(); }
};

/// Number formats. Embeddings, LM head, router and norms stay in the format of `activations`, as in DeepSeek-V3's fp8
/// (arXiv:2412.19437 section 3.3.1); messages of the MoE dispatch: parallel/messages.hpp.
struct Precision {
  Dtype weights = Dtype::fp8;  ///< Matrices of attention, dense FFN and experts.
  Dtype kv = Dtype::bf16;
  Dtype activations = Dtype::bf16;  ///< Residual stream and messages of dense collectives.
  Dtype dispatch = Dtype::fp8;
  Dtype combine = Dtype::bf16;
};

}  // namespace ringtail
