#include "engine/fluid_gpus.hpp"

#include <algorithm>

#include "engine/clock.hpp"

namespace ringtail {

FluidGpus::FluidGpus(Gpus::Listener& listener) : Model("ringtail-gpus"), listener_(listener) {}

void FluidGpus::start(int rank, const Kernel& kernel, Seconds t) {
  ends_.push({t + (kernel.overhead + std::max(kernel.compute, kernel.hbm)), rank});
}

double FluidGpus::next_occurring_event(double now) {
  if (stopped_ || ends_.empty()) return no_event;
  return std::max(0.0, ends_.top().time - now);
}

void FluidGpus::update_actions_state(double now, double /*delta*/) {
  while (!stopped_ && !ends_.empty() && is_due(ends_.top().time, now)) {
    const End end = ends_.top();
    ends_.pop();
    listener_.kernel_done(end.rank, end.time);
  }
}

}  // namespace ringtail
