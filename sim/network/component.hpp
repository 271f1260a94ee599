#pragma once

#include <memory>
#include <vector>

#include "network/crossbar.hpp"
#include "network/flow.hpp"
#include "network/stepped_crossbar.hpp"

namespace ringtail {

/// A set of links that share routes with each other and with no other link, and who solves it: the exact crossbar, or,
/// given a tolerance and many flows, the stepped one.
class Component {
 public:
  /// `tolerance` 0: always exact.
  Component(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress, double tolerance);

  /// Announces a flow that will start one day.
  void expect(const Flow& flow, std::size_t ingress) {
    if (stepped_) stepped_->expect(flow, ingress);
  }

  /// Starts a flow of `bytes` > 0 at time `t`; a time before now counts as now.
  void start(const Flow& flow, std::size_t egress, std::size_t ingress, Bytes bytes, Seconds t);

  /// Time to which the component can go without starts; infinity if no flow is under way.
  [[nodiscard]] Seconds next_event() { return is_stepped_ ? stepped_->next_event() : exact_.next_finish(); }

  /// Goes to `t`, no later than `next_event()`, and appends what has finished.
  void advance(Seconds t, std::vector<Finished>& finished);

 private:
  void become_stepped(Seconds t);

  Crossbar exact_;
  std::unique_ptr<SteppedCrossbar> stepped_;  ///< None if always exact.
  bool is_stepped_ = false;
  std::size_t most_exact_flows_;
  std::vector<Flow> flows_;
};

}  // namespace ringtail
