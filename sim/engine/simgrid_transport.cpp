#include "engine/simgrid_transport.hpp"

#include <algorithm>
#include <cmath>
#include <simgrid/kernel/Timer.hpp>

#include "engine/payload.hpp"
#include "engine/simgrid_compat.hpp"

namespace ringtail {

namespace sg4 = simgrid::s4u;

namespace {

/// At least 1: SimGrid does not start a Comm that carries nothing.
std::uint64_t payload(Bytes bytes) {
  return std::max(std::uint64_t{1}, static_cast<std::uint64_t>(std::llround(bytes * payload_per_byte)));
}

}  // namespace

SimgridTransport::SimgridTransport(const Cluster& cluster, Transport::Listener& listener)
    : cluster_(cluster), listener_(listener) {
  simgrid_compat::on_comm_completion([this](const sg4::Activity& activity) { completed(activity); });
}

void SimgridTransport::post(const Exchange& exchange, int member, Seconds t) {
  const int src = exchange.ranks[static_cast<std::size_t>(member)];
  for (const Transfer& transfer : exchange.row(static_cast<std::size_t>(member)))
    simgrid::kernel::timer::Timer::set(
        std::max(sg4::Engine::get_clock(), t + cluster_.latency(src, transfer.dst)),
        [this, id = exchange.id, copier = exchange.copier, src, transfer] { start(id, copier, src, transfer); });
}

void SimgridTransport::start(std::uint64_t exchange, Copier copier, int src, const Transfer& transfer) {
  if (stopped_) return;
  sg4::CommPtr comm = sg4::Comm::sendto_init();
  flows_[comm.get()] = {exchange, src, transfer.dst, comm};
  comm->set_payload_size(payload(transfer.bytes));
  comm->set_source(cluster_.endpoint(src, copier));
  comm->set_destination(cluster_.endpoint(transfer.dst, copier));  // Now it knows all it needs and starts by itself.
}

void SimgridTransport::completed(const sg4::Activity& activity) {
  const auto at = flows_.find(&activity);
  if (at == flows_.end()) return;  // An Exec.
  const Flow flow = at->second;
  ended_ = flow.comm;
  flows_.erase(at);
  if (stopped_) return;
  completions_.clear();
  progress_.finished(flow.exchange, flow.src, flow.dst, sg4::Engine::get_clock(), completions_);
  for (const Completion& completion : completions_)
    if (!stopped_) tell(listener_, completion);
}

}  // namespace ringtail
