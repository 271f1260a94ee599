#include "engine/simgrid_gpus.hpp"

#include <algorithm>
#include <simgrid/kernel/Timer.hpp>

#include "engine/simgrid_compat.hpp"

namespace ringtail {

namespace sg4 = simgrid::s4u;

SimgridGpus::SimgridGpus(const Cluster& cluster, Gpus::Listener& listener)
    : cluster_(cluster),
      listener_(listener),
      taken_(static_cast<std::size_t>(cluster.gpus())),
      parts_left_(static_cast<std::size_t>(cluster.gpus())) {
  simgrid_compat::on_exec_completion([this](const sg4::Activity& activity) { completed(activity); });
}

void SimgridGpus::start(int rank, const Kernel& kernel, Seconds t) {
  // A timer also without overhead: whoever starts a kernel must have returned before it can end.
  simgrid::kernel::timer::Timer::set(t + kernel.overhead, [this, rank, compute = kernel.compute, hbm = kernel.hbm] {
    if (!stopped_) begin_work(rank, compute, hbm);
  });
}

void SimgridGpus::copy(int rank, Seconds t) {
  simgrid::kernel::timer::Timer::set(t, [this, rank, t] {
    if (!stopped_) listener_.copied(rank, t);
  });
}

void SimgridGpus::set_compute_share(int rank, double share, Seconds /*t*/) {
  constexpr double endless = 1e9;  // seconds
  sg4::ExecPtr& taken = taken_[static_cast<std::size_t>(rank)];
  if (!taken) {
    sg4::Host* const host = cluster_.compute_host(rank);
    taken = sg4::Exec::init();
    taken->set_flops_amount(endless * host->get_speed())->set_host(host);
    simgrid_compat::start(taken);
  }
  // Two Execs share a host in proportion to their priorities; a kernel's is 1.
  constexpr double least = 1e-10;  // Of a priority: nothing, but SimGrid takes no zero.
  taken->update_priority(std::max(least, (1 - share) / share));
}

void SimgridGpus::begin_work(int rank, Seconds compute, Seconds hbm) {
  int& parts = parts_left_[static_cast<std::size_t>(rank)];
  parts = (compute > 0 ? 1 : 0) + (hbm > 0 ? 1 : 0);
  if (parts == 0) {
    listener_.kernel_done(rank, sg4::Engine::get_clock());
    return;
  }
  if (compute > 0) launch(rank, cluster_.compute_host(rank), compute);
  if (hbm > 0) launch(rank, cluster_.hbm_host(rank), hbm);
}

void SimgridGpus::launch(int rank, sg4::Host* host, Seconds seconds) {
  sg4::ExecPtr exec = sg4::Exec::init();
  exec->set_flops_amount(seconds * host->get_speed())->set_host(host);
  parts_.emplace(exec.get(), Part{rank, exec});
  simgrid_compat::start(exec);
}

void SimgridGpus::completed(const sg4::Activity& activity) {
  const auto at = parts_.find(&activity);
  if (at == parts_.end()) return;  // Not a kernel.
  const int rank = at->second.rank;
  ended_ = at->second.exec;
  parts_.erase(at);
  if (stopped_ || --parts_left_[static_cast<std::size_t>(rank)] > 0) return;
  listener_.kernel_done(rank, sg4::Engine::get_clock());
}

}  // namespace ringtail
