#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "model/dtype.hpp"

namespace ringtail {

/// What goes round the ring of context-parallel ranks: queries of their tokens, to every part of the cache, or parts of
/// the cache, to every token (Yang et al., arXiv:2411.01783).
enum class CpRing { pass_q, pass_kv };

constexpr std::string_view name_of(CpRing ring) { return ring == CpRing::pass_q ? "pass-q" : "pass-kv"; }

/// Layout of the attention blocks: dp × cp × kvp × tp ranks, tp innermost. Of cp and kvp at least one is 1.
struct AttentionParallelism {
  int dp = 1;   ///< Data parallel: groups with sequences of their own.
  int kvp = 1;  ///< KV parallel (Helix, arXiv:2507.07120): a sequence's KV cache is split along its length.
  int tp = 1;   ///< Tensor parallel: heads are split.
  int cp = 1;   ///< Context parallel: as KVP, but each rank has sequences of its own, and attention goes round a ring.
  CpRing cp_ring = CpRing::pass_q;

  [[nodiscard]] int ranks() const { return dp * group_ranks(); }
  [[nodiscard]] int group_ranks() const { return cache_parts() * tp; }
  /// Parts that a sequence's KV cache is split into along its length.
  [[nodiscard]] int cache_parts() const { return cp * kvp; }
  /// Ranks that go through a layer with the same tokens.
  [[nodiscard]] int token_group_ranks() const { return kvp * tp; }
  /// Groups of these.
  [[nodiscard]] int token_groups() const { return dp * cp; }
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

/// A degree of parallelism of attention, or that of the pipeline.
enum class Degree { tp, kvp, cp, dp, pp };

constexpr std::array<std::string_view, 5> degree_names = {"tp", "kvp", "cp", "dp", "pp"};

/// Which ranks are on neighbouring GPUs and so share islands: those that differ in the first degree are on GPUs next to
/// each other, and so on outwards. As ranks count; the FFN layout's groups go with their ranks.
using RankOrder = std::vector<Degree>;

/// Two layouts of the same ranks, after Helix: those of each pipeline stage.
struct Parallelism {
  AttentionParallelism attention;
  FfnParallelism ffn;
  PipelineParallelism pipeline = {};
  RankOrder order = {};  ///< Each degree above 1; none: tp, kvp, cp, dp, pp.

  /// Ranks of the degree.
  [[nodiscard]] int size_of(Degree degree) const {
    switch (degree) {
      case Degree::tp: return attention.tp;
      case Degree::kvp: return attention.kvp;
      case Degree::cp: return attention.cp;
      case Degree::dp: return attention.dp;
      case Degree::pp: return pipeline.stages;
    }
    return 1;
  }

  /// Of all stages.
  [[nodiscard]] int ranks() const { return pipeline.stages * attention.ranks(); }

  /// Attention and dense FFN are split over the same TP ranks: all-reduces keep every token on each of them.
  [[nodiscard]] bool is_plain_tensor_parallel() const { return attention.kvp == 1 && attention.tp == ffn.tp; }
};

/// Number formats. Embeddings, LM head, router and norms stay in the format of `activations`, as in DeepSeek-V3's fp8
/// (arXiv:2412.19437 section 3.3.1); messages of the MoE dispatch: parallel/messages.hpp.
struct Precision {
  Dtype weights = Dtype::fp8;  ///< Matrices of attention, dense FFN and experts.
  Dtype kv = Dtype::bf16;
  Dtype activations = Dtype::bf16;  ///< Residual stream and messages of dense collectives.
  Dtype dispatch = Dtype::fp8;
  Dtype combine = Dtype::bf16;
  std::optional<Dtype> experts = std::nullopt;  ///< Matrices of routed experts, if not as `weights`.

  [[nodiscard]] Dtype of_experts() const { return experts.value_or(weights); }
};

}  // namespace ringtail
