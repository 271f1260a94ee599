#pragma once

#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "network/flow.hpp"
#include "network/step_levels.hpp"

namespace ringtail {

/// Flows through a non-blocking switch like those of `Crossbar`, approximately: time goes in steps, each as long as the
/// tolerance allows for the ports that may finish next, and within a step flows share their ports as `StepLevels` says.
/// The work does not depend on the number of flows but on that of pairs of ports and of steps
/// (docs/decisions/0004-fast-flow-solver.md).
///
/// A step is first tentative: a flow that starts within it cuts it short.
class SteppedCrossbar {
 public:
  /// `tolerance`: aimed error of a port's finish relative to the time that it has been busy, > 0.
  SteppedCrossbar(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress,
                  double tolerance);

  /// Announces a flow that will start one day: until then its destination has not received all of the exchange.
  void expect(const Flow& flow, std::size_t ingress);

  /// Takes that back: the flow has started elsewhere.
  void forget(const Flow& flow, std::size_t ingress);

  /// Starts a flow of `bytes` > 0 at time `t`; a time before now counts as now.
  void start(const Flow& flow, std::size_t egress, std::size_t ingress, Bytes bytes, Seconds t);

  /// Nothing is under way and everything told.
  [[nodiscard]] bool is_idle() const { return untold_ == 0 && events_.empty(); }

  /// Flows under way.
  [[nodiscard]] std::size_t flows() const;

  /// Between two steps: gives up all flows, tells `take(flow, egress, ingress, bytes left)` of each, and counts those
  /// of their rows and columns that have finished as events of now.
  template <class Take>
  void hand_over(const Take& take);
  [[nodiscard]] bool is_between_steps() const { return step_ == Step::none; }

  /// Time to which the crossbar can go without starts; infinity if no flow is under way.
  [[nodiscard]] Seconds next_event();

  /// Goes to `t`, no later than `next_event()`, and appends what has finished.
  void advance(Seconds t, std::vector<Finished>& finished);

 private:
  /// Flows of one source in one exchange.
  struct Row {
    std::uint32_t slot = 0;  ///< Where its bytes are.
    std::uint32_t batch = 0;
    std::uint32_t egress = 0;
    int src = 0;
    Seconds start = 0;
    std::uint32_t started = 0;  ///< Flows.
    Left left;
    Left next;
  };
  /// Flows of one exchange by ingress, to one destination each.
  struct Batch {
    std::uint64_t exchange = 0;
    std::uint32_t rows = 0;
    std::uint32_t expected = 0;  ///< Flows that have not started.
    std::vector<std::uint32_t> expected_by_ingress;
    std::vector<int> dst;
    std::vector<Seconds> start;  ///< Of the first flow.
    std::vector<std::uint32_t> started;
    std::vector<float> flows, bytes;
    std::vector<float> next_flows, next_bytes;
  };
  struct Event {
    Seconds t = 0;
    Finished finished;
    bool is_row = true;
    std::uint32_t row = 0, batch = 0, ingress = 0;
    bool is_sure = false;
    bool is_told = false;
  };
  [[nodiscard]] static bool is_unused(const Batch& batch) { return batch.rows == 0 && batch.expected == 0; }
  enum class Step { none, planned, solved };

  std::uint32_t find_batch(const Flow& flow, std::size_t ingress);
  Row& find_row(const Flow& flow, std::size_t egress, std::size_t ingress, std::uint32_t batch);
  [[nodiscard]] float* left(std::uint32_t slot);
  [[nodiscard]] float* next(std::uint32_t slot);
  void plan();
  void solve(Seconds h);
  void move();
  void find_events(Seconds earliest);
  void commit(Seconds t);
  void cut(Seconds t);
  void drop_flows();

  double tolerance_;
  std::vector<BytesPerSecond> egress_capacity_;
  std::vector<BytesPerSecond> ingress_capacity_;
  StepLevels levels_;
  std::vector<Row> rows_;  ///< By egress.
  std::vector<StepRow> step_rows_;
  std::vector<Batch> batches_;
  std::vector<float> bytes_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<float> egress_flows_;
  std::vector<float> ingress_flows_;
  std::size_t untold_ = 0;     ///< Flows that have started and not been told of as received.
  std::vector<Event> events_;  ///< By time.
  std::size_t flipped_ = 0;
  Step step_ = Step::none;
  Seconds begin_ = 0;
  Seconds end_ = 0;
};

template <class Take>
void SteppedCrossbar::hand_over(const Take& take) {
  for (const Row& row : rows_) {
    const Batch& batch = batches_[row.batch];
    for (std::size_t j = 0; j < levels_.width(); ++j)
      if (const float bytes = left(row.slot)[j]; bytes > 0)
        take(Flow{batch.exchange, row.src, batch.dst[j]}, row.egress, j, static_cast<Bytes>(bytes));
  }
  drop_flows();
}

}  // namespace ringtail
