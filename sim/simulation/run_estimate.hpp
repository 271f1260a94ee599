#pragma once

#include "base/units.hpp"
#include "config/deployment.hpp"

namespace ringtail {

/// What a decode step is made of, over all ranks.
struct StepWork {
  double kernels = 0;
  double transfers = 0;
  double copies = 0;  ///< (token, expert) pairs that are drawn, over all MoE layers.
};

/// What simulating a deployment takes, roughly.
struct RunEstimate {
  StepWork step;
  double steps = 0;       ///< Warm-up included, over all replications.
  Seconds wall = 0;       ///< On cores that have nothing else to do.
  Bytes peak_memory = 0;  ///< Of one process; there are as many at a time as replications run side by side.
};

/// Counts the ops of the first step of the first replication by writing its streams, layer by layer, without simulating
/// them. After `limit` ops the layers that are left are taken to be like the later half of those before.
StepWork count_step(const Deployment& deployment, int batch_total, double limit = 4e6);

/// Of the least number of replications, `jobs` of them side by side, whose steps are made of `step`, and the pilot that
/// finds the warm-up, if there is one. Only for network.solver: fluid.
RunEstimate estimate_run(const Deployment& deployment, const StepWork& step, int jobs);
RunEstimate estimate_run(const Deployment& deployment, int batch_total, int jobs);

}  // namespace ringtail
