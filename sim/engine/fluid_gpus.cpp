#include "engine/fluid_gpus.hpp"

#include <algorithm>

#include "engine/clock.hpp"

namespace ringtail {

FluidGpus::FluidGpus(int ranks, Gpus::Listener& listener)
    : Model("ringtail-gpus"), listener_(listener), gpus_(static_cast<std::size_t>(ranks)) {}

void FluidGpus::start(int rank, const Kernel& kernel, Seconds t) {
  Running& gpu = gpus_[static_cast<std::size_t>(rank)];
  const Seconds work = t + kernel.overhead;
  gpu.is_busy = true;
  gpu.since = work;
  gpu.compute_left = kernel.compute;
  gpu.hbm_end = work + kernel.hbm;
  ends_.push({t + (kernel.overhead + std::max(kernel.compute / gpu.share, kernel.hbm)), rank, ++gpu.version});
}

void FluidGpus::set_compute_share(int rank, double share, Seconds t) {
  Running& gpu = gpus_[static_cast<std::size_t>(rank)];
  if (gpu.is_busy && t > gpu.since) {
    gpu.compute_left = std::max(0.0, gpu.compute_left - (t - gpu.since) * gpu.share);
    gpu.since = t;
  }
  gpu.share = share;
  if (gpu.is_busy) ends_.push({std::max(gpu.hbm_end, gpu.since + gpu.compute_left / share), rank, ++gpu.version});
}

double FluidGpus::next_occurring_event(double now) {
  while (!ends_.empty() && is_outdated(ends_.top())) ends_.pop();
  if (stopped_ || ends_.empty()) return no_event;
  return std::max(0.0, ends_.top().time - now);
}

void FluidGpus::update_actions_state(double now, double /*delta*/) {
  while (!stopped_ && !ends_.empty() && is_due(ends_.top().time, now)) {
    const End end = ends_.top();
    ends_.pop();
    if (end.version == is_copy) {
      listener_.copied(end.rank, end.time);
    } else if (!is_outdated(end)) {
      gpus_[static_cast<std::size_t>(end.rank)].is_busy = false;
      listener_.kernel_done(end.rank, end.time);
    }
  }
}

}  // namespace ringtail
