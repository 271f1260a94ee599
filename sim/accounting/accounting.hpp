#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "accounting/breakdown.hpp"
#include "accounting/causality.hpp"
#include "accounting/overlap.hpp"
#include "accounting/ring_tail.hpp"
#include "accounting/window.hpp"
#include "program/observer.hpp"

namespace ringtail {

/// How much was executed, warm-up included.
struct Counts {
  std::uint64_t steps = 0;  ///< Steps that every rank has ended.
  std::uint64_t kernels = 0;
  std::uint64_t transfers = 0;
  Bytes sent = 0;
};

/// What kernels ask of a GPU's two resources, whether they are bound by them or not, in seconds summed over ranks.
struct WorkSeconds {
  Seconds compute = 0;
  Seconds hbm = 0;
};

/// Where the time of a decode goes: watches an execution, says when it has seen `warmup` + `steps` steps, and keeps the
/// tables of the window between (definitions in docs/design.md).
class Accounting : public Observer {
 public:
  Accounting(const Program& program, int layers, int warmup, int steps, std::optional<RingStages> ring = {});

  void kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) override;
  void post(int rank, const Exchange& exchange, Seconds t) override;
  void relay(int rank, const Relay& relay, Seconds came, int last_src, Seconds start, Seconds end) override;
  void received(int rank, const Exchange& exchange, Seconds t) override;
  void await(int rank, const Exchange& exchange, Seconds from, Seconds to, int last_src) override;
  void passage(int rank, const Passage& passage, Seconds t) override;
  void end_step(int rank, int step, Seconds t) override;
  [[nodiscard]] bool finished() const override { return breakdown_.complete(); }

  /// T0 and T1; both known once finished.
  [[nodiscard]] const Window& window() const { return window_; }
  /// For each measured step, the time between the last rank's end of the step before and of this one.
  [[nodiscard]] const std::vector<Seconds>& step_seconds() const { return step_seconds_; }
  /// Mean over ranks and measured steps of the time from a rank's first kernel of a step to its end of the step. In a
  /// pipeline from the first kernel of a micro-batch on a rank of the first stage to its sampled token on that rank's
  /// counterpart in the last stage; mean over these, micro-batches and measured steps.
  [[nodiscard]] Seconds traversal() const { return traversal_sum_ / static_cast<double>(traversals_); }
  /// The cycle of ranks [first, last) alone: from their last end of the last warm-up step to their last end of the last
  /// measured one, per step.
  [[nodiscard]] Seconds own_cycle(int first, int last) const;
  [[nodiscard]] const std::vector<StateSeconds>& breakdown() const { return breakdown_.per_rank(); }
  [[nodiscard]] const std::vector<OverlapSeconds>& overlap() const { return overlap_.per_family(); }
  /// Of the kernels in the window; of one that reaches out of it the part inside.
  [[nodiscard]] const WorkSeconds& work() const { return work_; }
  /// What these must add up to: time with a collective under way, summed over ranks.
  [[nodiscard]] Seconds collectives_under_way() const { return overlap_.under_way(); }
  /// Tails of the program's rings; none if it was not told of any.
  [[nodiscard]] const std::optional<RingTail>& ring_tail() const { return ring_tail_; }
  /// The critical path from T1 back to T0; see Causality::Path. Its entries sum to T1 - T0.
  [[nodiscard]] const Causality::Path& critical_path() const { return critical_path_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 protected:
  /// The rank is in a state in [from, to]; called in order of time. Who overrides it must call it.
  virtual void book(int rank, State state, Seconds from, Seconds to);

 private:
  void last_end_of_step(int step);
  [[nodiscard]] bool is_measured(int step) const { return step >= warmup_ && step < warmup_ + steps_; }

  int warmup_;
  int steps_;
  int pipeline_stage_ranks_;
  bool is_pipeline_;
  std::map<std::tuple<int, int, int>, Seconds> entered_;  ///< By step, micro-batch and rank in its stage.
  Window window_;
  Breakdown breakdown_;
  OverlapTable overlap_;
  std::optional<RingTail> ring_tail_;
  WorkSeconds work_;
  Causality causality_;
  Causality::Path critical_path_;
  std::vector<int> ranks_in_step_;     ///< Ranks that have not ended step i.
  std::vector<Seconds> step_end_;      ///< Last end of step i so far,
  std::vector<int> step_last_rank_;    ///< and the rank that had it (the lowest on a tie).
  std::vector<Seconds> first_kernel_;  ///< Start of each rank's first kernel of its step; negative if none yet.
  std::vector<Seconds> own_begin_;     ///< Each rank's end of the last warm-up step,
  std::vector<Seconds> own_end_;       ///< and of the last measured one.
  std::vector<Seconds> step_seconds_;
  Seconds traversal_sum_ = 0;
  std::uint64_t traversals_ = 0;
  Counts counts_;
};

}  // namespace ringtail
