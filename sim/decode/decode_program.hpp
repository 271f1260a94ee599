#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "decode/blocks.hpp"
#include "program/program.hpp"
#include "routing/expert_load.hpp"

namespace ringtail {

/// Continuous decoding as a program: step after step, each rank's embedding, layers and head, written one at a time
/// when the rank comes to them.
class DecodeProgram final : public Program {
 public:
  /// The routing's draws; only for models with experts.
  struct RoutingDraws {
    ExpertSampler sampler;
    RoutingStatistics statistics;
    int first_step = 0;  ///< Steps [first_step, last_step) go into the statistics.
    int last_step = 0;
    std::optional<double> capacity = std::nullopt;  ///< Factor; see Routing.
    double sampling_seconds = 0;                    ///< Wall time spent drawing.
  };

  DecodeProgram(const DecodeSpec& spec, std::optional<RoutingDraws> routing);

  [[nodiscard]] int ranks() const override { return spec_.layout.ranks(); }
  [[nodiscard]] int block_ranks() const override { return spec_.layout.replica_ranks(); }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return stage_names(); }
  [[nodiscard]] const std::vector<std::string>& families() const override { return family_names(); }
  void next(int rank, std::vector<Op>& ops) override;

  [[nodiscard]] const std::optional<RoutingDraws>& routing() const { return routing_; }

  /// By family, the algorithm that its collectives have used so far: empty if there were none, several if groups chose
  /// differently ("one-shot, ring").
  [[nodiscard]] std::vector<std::string> algorithms() const;

 private:
  struct Position {
    int step = 0;
    int layer = 0;
  };
  struct Drawn {
    std::shared_ptr<const MoeLayer> routed;
    int visits_left = 0;
  };

  void write_layer(int rank, std::vector<Op>& ops);
  std::shared_ptr<const MoeLayer> routed(int step, int layer, int ffn_dp);
  std::shared_ptr<const MoeLayer> draw(int step, int layer, int ffn_dp);
  void count(int step, int layer, int ffn_dp, const LayerTraffic& traffic);

  DecodeSpec spec_;
  std::optional<RoutingDraws> routing_;
  std::vector<TokenMap> maps_;  ///< By FFN group. None for models without experts.
  std::vector<Position> positions_;
  CollectivePool pool_;
  PlanCache plans_;
  /// By step, layer and FFN group, while some rank of the group has not come there.
  std::map<std::tuple<int, int, int>, Drawn> drawn_;
  /// By step and layer, while some FFN group has not come there: what is counted in each group that has.
  struct Uncounted {
    std::vector<std::vector<int>> copies_of_expert;
    long dropped = 0;
  };
  std::map<std::pair<int, int>, Uncounted> uncounted_;
};

}  // namespace ringtail
