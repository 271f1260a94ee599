#pragma once

#include "base/units.hpp"
#include "program/program.hpp"

namespace ringtail {

/// Runs kernels on GPUs, one at a time on each. Two implementations: a SimGrid resource model of Ringtail's own, and
/// SimGrid's Execs on the hosts of compute and HBM (the oracle).
class Gpus {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void kernel_done(int rank, Seconds t) = 0;
  };

  virtual ~Gpus() = default;

  /// Starts a kernel at time `t` (now) on an idle GPU. It ends after overhead + max(compute, hbm). `kernel` stays valid
  /// until then.
  virtual void start(int rank, const Kernel& kernel, Seconds t) = 0;
};

}  // namespace ringtail
