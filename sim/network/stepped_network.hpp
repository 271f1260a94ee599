#pragma once

#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "network/components.hpp"
#include "network/flow.hpp"
#include "network/flow_table.hpp"
#include "network/step_levels.hpp"

namespace ringtail {

/// Flows from egress to ingress ports, perhaps over inner links, like those of `Crossbar` and `LinkNetwork`,
/// approximately: time goes in steps, each as long as the tolerance allows for the ports that may finish next, and
/// within a step flows share their links as `StepLevels` says. The work does not grow with the number of events, but
/// with that of pairs of ports and of steps (docs/decisions/0004-fast-flow-solver.md).
class SteppedNetwork {
 public:
  /// `tolerance`: aimed error of a port's finish relative to the time that it has been busy; > 0.
  SteppedNetwork(const ComponentLinks& links, double tolerance);

  /// Announces a flow that will start one day: until then its destination has not received all of the exchange.
  void expect(const Flow& flow, std::size_t ingress) { table_.expect(flow, ingress); }

  /// Takes that back: the flow has started elsewhere.
  void forget(const Flow& flow, std::size_t ingress) { table_.forget(flow, ingress); }

  /// Starts a flow of `bytes` > 0 that was expected, at time `t`, no later than `next_event()`; a time before now
  /// counts as now.
  void start(const Flow& flow, const Path& path, Bytes bytes, Seconds t);

  /// Nothing is under way and everything has been told.
  [[nodiscard]] bool is_idle() const { return untold_ == 0 && events_.empty(); }

  /// Time to which the crossbar can go without starts; infinity if no flow is under way.
  [[nodiscard]] Seconds next_event();

  /// Goes to `t`, no later than `next_event()`, and appends what has finished.
  void advance(Seconds t, std::vector<Finished>& finished);

 private:
  /// Finish of a row, or of an exchange's flows to one ingress port.
  struct Event {
    Seconds t = 0;
    Finished finished;
    std::uint32_t row = none;    ///< Index, or `none`;
    std::uint32_t batch = none;  ///< then these two.
    std::uint32_t column = none;
    bool is_told = false;
    bool is_sure = false;  ///< The step in which it is has ended.
  };
  static constexpr std::uint32_t none = 0xffffffff;

  /// A planned step is too short for a port to finish and is solved when it ends. One that may have finishes is solved
  /// at once to know them, and once more if a start cuts it short.
  enum class Step { none, planned, solved };

  void plan();
  void solve(Seconds end, Seconds earliest);
  void find_row_events(Seconds earliest);
  void find_column_events(Seconds earliest);
  void add_event(Event event, float finish, Seconds earliest);
  void cut(Seconds t);
  void clear_told();
  void commit();

  double tolerance_;
  std::vector<BytesPerSecond> egress_capacity_;
  std::vector<BytesPerSecond> ingress_capacity_;
  StepLevels levels_;
  FlowTable table_;
  std::vector<StepRow> step_rows_;
  StepPorts step_egress_;
  std::vector<Event> events_;  ///< By time.
  std::size_t untold_ = 0;     ///< Flows that have started and not been told of as received.
  Step step_ = Step::none;
  Seconds begin_ = 0;
  Seconds end_ = 0;  ///< Of the step.
};

}  // namespace ringtail
