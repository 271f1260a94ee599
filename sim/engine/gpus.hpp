#pragma once

#include "base/units.hpp"
#include "program/program.hpp"

namespace ringtail {

/// Runs kernels on GPUs, one at a time on each, beside what communication takes. Two implementations: a SimGrid
/// resource model of Ringtail's own, and SimGrid's Execs on the hosts of compute and HBM (the oracle).
class Gpus {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void kernel_done(int rank, Seconds t) = 0;
    virtual void copied(int rank, Seconds t) = 0;
  };

  virtual ~Gpus() = default;

  /// Starts a kernel at time `t` (now) on an idle GPU. It ends after overhead + max(compute, hbm) if it gets the whole
  /// compute resource. `kernel` stays valid
  /// until then.
  virtual void start(int rank, const Kernel& kernel, Seconds t) = 0;

  /// Tells `copied` at time `t`, now or later: a copy beside the kernels, which takes nothing from them. Of one rank in
  /// order of time.
  virtual void copy(int rank, Seconds t) = 0;

  /// From time `t` (now) on the rank's kernels get `share` of its compute resource, 0 < share <= 1; the whole of it
  /// until this is first called.
  virtual void set_compute_share(int rank, double share, Seconds t) = 0;
};

}  // namespace ringtail
