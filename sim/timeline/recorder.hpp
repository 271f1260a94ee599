#pragma once

#include "accounting/breakdown.hpp"
#include "program/observer.hpp"

namespace ringtail {

/// A stretch of time that a rank is in one state.
struct StatePiece {
  State state;
  Seconds from;
  Seconds to;
};

/// Records what an execution does beside its accounting, and never ends it. Is told of a rank's states first, then of
/// the kernel or wait that they are of.
class Recorder : public Observer {
 public:
  /// The rank is in a state in [from, to]; see Accounting::book.
  virtual void state(int rank, State state, Seconds from, Seconds to) = 0;

  void relay(int /*rank*/, const Relay& /*relay*/, Seconds /*came*/, int /*last_src*/, Seconds /*start*/,
             Seconds /*end*/) override {}
  [[nodiscard]] bool finished() const final { return true; }
};

}  // namespace ringtail
