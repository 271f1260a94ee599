#pragma once

#include "base/units.hpp"
#include "network/progress.hpp"
#include "program/exchange.hpp"

namespace ringtail {

/// Carries the transfers of exchanges between GPUs. Two implementations: the fluid solver as a SimGrid resource model,
/// and SimGrid's own Comms (the oracle).
///
/// Contract: an exchange is opened once, before the first post. Each transfer pays its route's latency, then shares all
/// links of the route max-min fairly. When the last transfer of a posted row has left, `sent` is told; when the last of
/// all transfers to a member has arrived, `received` is told, once. Rows without transfers are `sent` and members
/// without incoming transfers are `received` by nobody: the caller knows them. Times never decrease by more than
/// rounding.
class Transport {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    /// All transfers of `src`'s row have left by time `t`.
    virtual void sent(const Exchange& exchange, int src, Seconds t) = 0;
    /// All transfers to `dst` have arrived by time `t`, the last of them (lowest rank on a tie) from `last_src`.
    virtual void received(const Exchange& exchange, int dst, Seconds t, int last_src) = 0;
  };

  virtual ~Transport() = default;

  /// Makes an exchange known; it must outlive its last completion.
  virtual void open(const Exchange& exchange) = 0;

  /// Starts the transfers of `exchange.ranks[member]`, posted at time `t`: now, or earlier if they have queued behind
  /// others of their rank. Their latency counts from `t`, but they use no link before now.
  virtual void post(const Exchange& exchange, int member, Seconds t) = 0;
};

inline void tell(Transport::Listener& listener, const Completion& completion) {
  switch (completion.kind) {
    case Completion::Kind::sent: listener.sent(*completion.exchange, completion.rank, completion.t); break;
    case Completion::Kind::received:
      listener.received(*completion.exchange, completion.rank, completion.t, completion.last_src);
      break;
  }
}

}  // namespace ringtail
