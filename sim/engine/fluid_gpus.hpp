#pragma once

#include <cstdint>
#include <queue>
#include <simgrid/kernel/resource/Model.hpp>
#include <vector>

#include "engine/gpus.hpp"

namespace ringtail {

/// GPUs as a SimGrid resource model: a kernel alone on its GPU has a known end until its share of the compute resource
/// changes, so one heap of ends replaces two SimGrid Execs and a timer per kernel (docs/decisions/0003-execution.md has
/// the measurements).
class FluidGpus final : public Gpus, public simgrid::kernel::resource::Model {
 public:
  FluidGpus(int ranks, Gpus::Listener& listener);

  void start(int rank, const Kernel& kernel, Seconds t) override;
  void copy(int rank, Seconds t) override { ends_.push({t, rank, is_copy}); }
  void set_compute_share(int rank, double share, Seconds t) override;

  /// No further events: the simulation ends.
  void stop() { stopped_ = true; }

  double next_occurring_event(double now) override;
  void update_actions_state(double now, double delta) override;

 private:
  static constexpr std::uint64_t is_copy = 0;

  struct End {
    Seconds time;
    int rank;
    std::uint64_t version;  ///< Of the kernel's end, or is_copy.
    bool operator>(const End& other) const { return time != other.time ? time > other.time : rank > other.rank; }
  };

  /// A GPU and the kernel on it.
  struct Running {
    bool is_busy = false;
    double share = 1;          ///< Of the compute resource that kernels get,
    Seconds since = 0;         ///< since when, or since the kernel's work began (which may be yet to come);
    Seconds compute_left = 0;  ///< at that time, alone on the whole of the resource.
    Seconds hbm_end = 0;
    std::uint64_t version = is_copy;  ///< Of the end that holds.
  };

  [[nodiscard]] bool is_outdated(const End& end) const {
    return end.version != is_copy && end.version != gpus_[static_cast<std::size_t>(end.rank)].version;
  }

  Gpus::Listener& listener_;
  std::vector<Running> gpus_;  ///< By rank.
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  bool stopped_ = false;
};

}  // namespace ringtail
