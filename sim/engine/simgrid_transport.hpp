#pragma once

#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <vector>

#include "engine/cluster.hpp"
#include "engine/transport.hpp"
#include "network/progress.hpp"

namespace ringtail {

/// The oracle of FluidTransport: a timer for each transfer's latency, then one SimGrid Comm. SimGrid's cost per
/// transfer grows with the number of transfers, so keep it to a few dozen GPUs.
class SimgridTransport final : public Transport {
 public:
  /// Make one per process: it connects itself to SimGrid's signal of completed activities. `cluster` and `listener`
  /// must outlive the simulation.
  SimgridTransport(const Cluster& cluster, Transport::Listener& listener);
  SimgridTransport(const SimgridTransport&) = delete;
  SimgridTransport& operator=(const SimgridTransport&) = delete;

  void open(const Exchange& exchange) override { progress_.open(exchange); }
  void post(const Exchange& exchange, int member, Seconds t) override;

  /// Starts nothing and tells nothing any more. Comms under way go on until SimGrid has ended them.
  void stop() { stopped_ = true; }

 private:
  struct Flow {
    std::uint64_t exchange = 0;
    int src = 0;
    int dst = 0;
    simgrid::s4u::CommPtr comm;  ///< SimGrid frees a started Comm that nobody holds.
  };

  void start(std::uint64_t exchange, Copier copier, int src, const Transfer& transfer);
  void completed(const simgrid::s4u::Activity& activity);

  const Cluster& cluster_;
  Transport::Listener& listener_;
  Progress progress_;
  std::vector<Completion> completions_;
  std::unordered_map<const simgrid::s4u::Activity*, Flow> flows_;
  simgrid::s4u::CommPtr ended_;  ///< A Comm may not be freed inside its own callback.
  bool stopped_ = false;
};

}  // namespace ringtail
