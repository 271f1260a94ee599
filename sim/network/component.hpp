#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "network/components.hpp"
#include "network/crossbar.hpp"
#include "network/flow.hpp"
#include "network/link_network.hpp"
#include "network/stepped_network.hpp"

namespace ringtail {

/// A set of links that share routes with each other and with no other link, and who solves it: exactly, or, given a
/// tolerance and many flows, in steps.
class Component {
 public:
  /// `tolerance` 0: always exact.
  Component(ComponentLinks links, double tolerance);

  /// Announces a flow that will start one day.
  void expect(const Flow& flow, const Path& path) {
    if (stepped_) stepped_->expect(flow, path.ingress);
  }

  /// Starts a flow of `bytes` > 0 at time `t`; a time before now counts as now. `together`: flows of its exchange.
  void start(const Flow& flow, const Path& path, Bytes bytes, std::size_t together, Seconds t);

  /// Time to which the component can go without starts; infinity if no flow is under way.
  [[nodiscard]] Seconds next_event();

  /// Goes to `t`, no later than `next_event()`, and appends what has finished.
  void advance(Seconds t, std::vector<Finished>& finished);

 private:
  void start_exact(const Flow& flow, const Path& path, Bytes bytes, Seconds t);
  void become_stepped(Seconds t);

  std::unique_ptr<const ComponentLinks> links_;  ///< Where it is, the solvers know.
  std::variant<Crossbar, LinkNetwork> exact_;
  std::unique_ptr<SteppedNetwork> stepped_;  ///< None if always exact.
  bool is_stepped_ = false;
  std::size_t many_flows_;
  std::vector<Flow> flows_;
};

}  // namespace ringtail
