#pragma once

#include <cstddef>
#include <vector>

#include "base/units.hpp"
#include "network/progress.hpp"
#include "program/exchange.hpp"

namespace ringtail {

/// A network in which bytes flow at rates, as a source of events: transfers pay their latency, then share the links of
/// their routes. Two implementations: FlowNetwork, in which each transfer has a share of its own, and CoupledNetwork,
/// in which those of one post move in proportion.
///
/// Use: `post`, and `advance` when the time is `next_event()`. Times may miss each other by rounding: an earlier time
/// than the network's own counts as now.
class FluidNetwork {
 public:
  virtual ~FluidNetwork() = default;

  /// Makes an exchange known; it must live until its last transfer has finished.
  virtual void open(const Exchange& exchange) = 0;

  /// Starts the transfers of `exchange.ranks[member]` at time `t`.
  virtual void post(const Exchange& exchange, int member, Seconds t) = 0;

  /// Time of the next start or finish of a transfer; infinity if nothing is under way.
  [[nodiscard]] virtual Seconds next_event() const = 0;

  /// Goes on to `next_event()`, which must be finite, and appends what completes at it.
  virtual void advance(std::vector<Completion>& completions) = 0;

  /// Number of exchanges with transfers left.
  [[nodiscard]] virtual std::size_t open_exchanges() const = 0;
};

}  // namespace ringtail
