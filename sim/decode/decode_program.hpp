#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "decode/layer_writer.hpp"
#include "parallel/pipeline.hpp"
#include "program/program.hpp"
#include "routing/expert_load.hpp"
#include "routing/rebalancing.hpp"

namespace ringtail {

/// Continuous decoding as a program: step after step, each rank's embedding, layers and head, written one layer at a
/// time when the rank comes to it, in the order of the deployment's overlap policy. With drafts, all that has 1 +
/// drafts tokens per sequence, and then as many passes of the drafter. The first takes the step's tokens with their
/// hidden states into the module's cache and drafts one token per sequence; each further pass has that token alone. As
/// vLLM does (github.com/vllm-project/vllm, vllm/v1/spec_decode/eagle.py).
///
/// In a pipeline a step of a rank is a pass of each micro-batch in turn through the layers of its stage
/// (decode_pipeline.cpp).
class DecodeProgram final : public Program {
 public:
  /// The routing's draws; only for models with experts.
  struct RoutingDraws {
    ExpertSampler sampler;
    RoutingStatistics statistics;
    int first_step = 0;  ///< Steps [first_step, last_step) go into the statistics.
    int last_step = 0;
    std::optional<double> capacity = std::nullopt;  ///< Factor; see Routing.
    ExpertSlots slots = {};
    std::optional<Rebalancing> rebalancing = std::nullopt;  ///< Says where experts are, instead of `slots`.
    double sampling_seconds = 0;                            ///< Wall time spent drawing.
  };

  DecodeProgram(const DecodeSpec& spec, std::optional<RoutingDraws> routing);

  [[nodiscard]] int ranks() const override { return whole_.spec.layout.parallelism().ranks(); }
  [[nodiscard]] int block_ranks() const override {
    return stages_.empty() ? whole_.spec.layout.replica_ranks() : ranks();
  }
  [[nodiscard]] int pipeline_stage_ranks() const override { return whole_.spec.layout.ranks(); }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return stage_names(); }
  [[nodiscard]] const std::vector<std::string>& families() const override { return family_names(); }
  void next(int rank, std::vector<Op>& ops) override;

  [[nodiscard]] const std::optional<RoutingDraws>& routing() const { return routing_; }

  /// Null if placements stay.
  [[nodiscard]] Rebalancing* rebalancing() {
    return routing_ && routing_->rebalancing ? &*routing_->rebalancing : nullptr;
  }

  /// By family, the algorithm that its collectives have used so far: empty if there were none, several if groups chose
  /// differently ("one-shot, ring").
  [[nodiscard]] std::vector<std::string> algorithms() const;

 private:
  /// What all ranks have in common of a micro-batch, or of the whole batch.
  struct MicroBatch {
    MicroBatch(const DecodeSpec& spec, int number);
    DecodeSpec spec;
    int number;                  ///< 0: the whole batch.
    std::vector<TokenMap> maps;  ///< By FFN group. None for models without experts.
    PlanCache plans;
  };
  struct Position {
    int step = 0;
    int layer = 0;                         ///< Beyond the model's layers: passes of the drafter.
    int micro_batch = 0;                   ///< In a pipeline: the one whose layer it is.
    std::vector<LayerUnderWay> under_way;  ///< By micro-batch.
  };
  struct Drawn {
    std::shared_ptr<const MoeLayer> routed;
    int visits_left = 0;
  };
  /// A layer's copies in each slot, by FFN group, those dropped, and how many draws are still to come.
  struct Uncounted {
    std::vector<std::vector<int>> copies;
    long dropped = 0;
    std::size_t draws_left = 0;
  };

  /// A stage of a pipeline, and the micro-batches on its ranks.
  struct PipelineStage {
    LayerRange layers;
    bool is_first;
    bool is_last;
    std::vector<MicroBatch> batches;
  };

  void make_pipeline(const DecodeSpec& spec);
  void write_stage_layer(int rank, std::vector<Op>& ops);
  void write_stage_begin(int rank, const PipelineStage& stage, MicroBatch& batch, std::vector<Op>& ops);
  void write_stage_end(int rank, const PipelineStage& stage, MicroBatch& batch, std::vector<Op>& ops);
  void write_layer(int rank, std::vector<Op>& ops);
  void write_rebalancing(int rank, std::vector<Op>& ops);
  void write_model_layer(int rank, std::vector<Op>& ops);
  void write_draft(int rank, std::vector<Op>& ops);
  void write_barrier(int rank, const MicroBatch& batch, int layer, Phase phase, std::vector<Op>& ops);
  void write_turns(int rank, int layer, std::vector<Op>& ops);
  void write_turn(int rank, MicroBatch& batch, int layer, Part part, LayerUnderWay& at, std::vector<Op>& ops);
  [[nodiscard]] std::span<const Turn> turns_of_whole() const {
    return policy_.micro_batches == 1 ? policy_.turns : turns_in_order();
  }
  [[nodiscard]] int first_token(int layer) const;
  [[nodiscard]] const ExpertSlots& slots(int step) {
    return routing_->rebalancing ? routing_->rebalancing->slots(step) : routing_->slots;
  }
  [[nodiscard]] bool is_divided(int layer) const { return layer >= first_divided_ && layer <= last_divided_; }
  std::shared_ptr<const MoeLayer> routed(const MicroBatch& batch, int step, int layer, int ffn_dp);
  std::shared_ptr<const MoeLayer> draw(const MicroBatch& batch, int step, int layer, int ffn_dp);
  void count(int step, int layer, int ffn_dp, const LayerTraffic& traffic);

  const OverlapPolicy& policy_;
  MicroBatch whole_;
  std::optional<MicroBatch> drafted_;  ///< With drafts: the whole batch, one token per sequence.
  std::vector<MicroBatch> parts_;      ///< The micro-batches of a policy that has several.
  int first_divided_ = 0;              ///< The layers that they do.
  int last_divided_ = -1;
  std::vector<PipelineStage> stages_;  ///< None without a pipeline.
  int micro_batches_;                  ///< That each layer with experts is done by.
  std::optional<RoutingDraws> routing_;
  std::vector<Position> positions_;
  CollectivePool pool_;
  /// By step, layer, FFN group and micro-batch, while some rank of the group has not come there.
  std::map<std::tuple<int, int, int, int>, Drawn> drawn_;
  std::map<std::pair<int, int>, Uncounted> uncounted_;  ///< By step and layer.
};

/// The spec with all tokens that are verified together, and the dispatch mode that suits what is dispatched at a time
/// by so many micro-batches.
[[nodiscard]] DecodeSpec decided(DecodeSpec spec, int micro_batches);

}  // namespace ringtail
