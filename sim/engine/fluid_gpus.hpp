#pragma once

#include <queue>
#include <simgrid/kernel/resource/Model.hpp>
#include <vector>

#include "engine/gpus.hpp"

namespace ringtail {

/// GPUs as a SimGrid resource model: a kernel alone on its GPU has a known end, so one heap of ends replaces two
/// SimGrid Execs and a timer per kernel (docs/decisions/0003-execution.md has the measurements).
class FluidGpus final : public Gpus, public simgrid::kernel::resource::Model {
 public:
  explicit FluidGpus(Gpus::Listener& listener);

  void start(int rank, const Kernel& kernel, Seconds t) override;

  /// No further events: the simulation ends.
  void stop() { stopped_ = true; }

  double next_occurring_event(double now) override;
  void update_actions_state(double now, double delta) override;

 private:
  struct End {
    Seconds time;
    int rank;
    bool operator>(const End& other) const { return time != other.time ? time > other.time : rank > other.rank; }
  };

  Gpus::Listener& listener_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  bool stopped_ = false;
};

}  // namespace ringtail
