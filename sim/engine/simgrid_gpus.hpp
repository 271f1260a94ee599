#pragma once

#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <vector>

#include "engine/cluster.hpp"
#include "engine/gpus.hpp"

namespace ringtail {

/// GPUs as SimGrid hosts: a kernel is a timer for its overhead, then one Exec on the GPU's compute host and one on its
/// HBM host, and ends with the later of the two. What communication takes of compute is an Exec of its own beside them,
/// with a priority that leaves them their share. The oracle of FluidGpus.
class SimgridGpus final : public Gpus {
 public:
  /// Make one per process: it connects itself to SimGrid's signal of completed activities.
  SimgridGpus(const Cluster& cluster, Gpus::Listener& listener);
  SimgridGpus(const SimgridGpus&) = delete;
  SimgridGpus& operator=(const SimgridGpus&) = delete;

  void start(int rank, const Kernel& kernel, Seconds t) override;
  void copy(int rank, Seconds t) override;
  void set_compute_share(int rank, double share, Seconds t) override;

  /// Starts nothing and tells nothing any more.
  void stop() { stopped_ = true; }

 private:
  struct Part {
    int rank;
    simgrid::s4u::ExecPtr exec;  ///< SimGrid frees a started Exec that nobody holds.
  };

  void begin_work(int rank, Seconds compute, Seconds hbm);
  void launch(int rank, simgrid::s4u::Host* host, Seconds seconds);
  void completed(const simgrid::s4u::Activity& activity);

  const Cluster& cluster_;
  Gpus::Listener& listener_;
  /// By rank: an Exec without end that takes what kernels do not get, if there is one.
  std::vector<simgrid::s4u::ExecPtr> taken_;
  std::vector<int> parts_left_;  ///< Execs of each rank's kernel that still run.
  std::unordered_map<const simgrid::s4u::Activity*, Part> parts_;
  simgrid::s4u::ExecPtr ended_;  ///< An Exec may not be freed inside its own callback.
  bool stopped_ = false;
};

}  // namespace ringtail
