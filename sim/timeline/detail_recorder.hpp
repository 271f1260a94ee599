#pragma once

#include <vector>

#include "program/program.hpp"
#include "timeline/detail.hpp"
#include "timeline/recorder.hpp"

namespace ringtail {

/// Collects a Detail.
class DetailRecorder final : public Recorder {
 public:
  /// What is to be known of the program and the run.
  struct Setting {
    int layers = 0;  ///< Passes of the drafter included.
    int warmup = 0;
    int steps = 0;
    std::vector<int> island_of_rank;
    int expert_stage = -1;  ///< The kernel whose tokens are copies at experts; -1 without experts.
  };

  /// `program` must outlive this.
  DetailRecorder(const Program& program, const Setting& setting);

  /// At the end of the execution. `breakdown` is the accounting's, in seconds of the whole window.
  [[nodiscard]] Detail take(const std::vector<StateSeconds>& breakdown);

  void state(int rank, State state, Seconds from, Seconds to) override;
  void kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) override;
  void post(int rank, const Exchange& exchange, Seconds t) override;
  void received(int /*rank*/, const Exchange& /*exchange*/, Seconds /*t*/) override {}
  void await(int rank, const Exchange& exchange, Seconds from, Seconds to, int last_src) override;
  void end_step(int rank, int step, Seconds t) override;

 private:
  struct Rank {
    int step = 0;
    std::vector<StatePiece> pieces;
  };

  [[nodiscard]] bool is_measured(int rank) const;
  /// Adds what the rank's states since the last call come to.
  void keep(int rank, int layer, std::size_t what, std::vector<std::vector<Seconds>>& sums);
  [[nodiscard]] std::vector<LayerTimeline> timelines();

  const Program& program_;
  Setting setting_;
  Detail detail_;
  std::vector<Rank> ranks_;
  std::vector<int> row_of_rank_;         ///< Of traffic.
  std::vector<LayerTimeline> of_layer_;  ///< Of the first measured step.
};

}  // namespace ringtail
