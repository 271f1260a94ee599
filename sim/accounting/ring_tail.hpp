#pragma once

#include <cstdint>
#include <vector>

#include "accounting/breakdown.hpp"
#include "accounting/window.hpp"
#include "program/program.hpp"

namespace ringtail {

/// Kernels between which a ring's tail lies, as indices into Program::stages().
struct RingStages {
  int of_ring;  ///< Kernels that hops run beside.
  int after;    ///< What waits for all that the ring has brought.
};

/// The tails of rings: on a GPU, the time from the end of the last kernel that a hop could run beside to the start of
/// the kernel that needs everything. All in it is sequential: nothing hides it.
class RingTail {
 public:
  RingTail(int ranks, const RingStages& stages, const Window& window);

  /// The rank's next kernel starts at `start`; its own time is not booked yet.
  void before(int rank, const Kernel& kernel, Seconds start);
  /// The rank's kernel has ended at `end` and is booked.
  void after(int rank, const Kernel& kernel, Seconds end);
  /// The rank was in `state` during [from, to]. Bookings come in order; a gap before `from` is idle.
  void book(int rank, State state, Seconds from, Seconds to);

  /// Of the tails that ended in the window, their sum by state, and how many these were.
  [[nodiscard]] const StateSeconds& seconds() const { return seconds_; }
  [[nodiscard]] std::uint64_t tails() const { return tails_; }

 private:
  struct Rank {
    bool is_open = false;
    Seconds until = 0;  ///< What has been counted reaches from the ring's last kernel to here.
    StateSeconds states{};
  };

  RingStages stages_;
  const Window& window_;
  std::vector<Rank> ranks_;
  StateSeconds seconds_{};
  std::uint64_t tails_ = 0;
};

}  // namespace ringtail
