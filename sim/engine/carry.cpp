#include "engine/carry.hpp"

#include <memory>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <unordered_map>

#include "engine/cluster.hpp"
#include "engine/fluid_transport.hpp"
#include "engine/simgrid_transport.hpp"

namespace ringtail {
namespace {

namespace sg4 = simgrid::s4u;

/// Posts each transfer as an exchange of its own, which lives only while it is under way, and notes its end.
class Carrier final : public Transport::Listener {
 public:
  explicit Carrier(const std::vector<TimedTransfer>& transfers)
      : transfers_(transfers), finish_(transfers.size(), -1.0) {}

  void start(Transport& transport) {
    for (std::size_t i = 0; i < transfers_.size(); ++i)
      simgrid::kernel::timer::Timer::set(transfers_[i].start, [this, &transport, i] { post(transport, i); });
  }

  void sent(const Exchange& exchange, int /*src*/, Seconds /*t*/) override { told(exchange); }
  void received(const Exchange& exchange, int /*dst*/, Seconds t, int /*last_src*/) override {
    finish_[exchange.id] = t;
    told(exchange);
  }

  [[nodiscard]] const std::vector<Seconds>& finish() const { return finish_; }
  [[nodiscard]] bool done() const { return ended_ == transfers_.size(); }

 private:
  struct UnderWay {
    Exchange exchange;
    int tells_left = 2;  ///< Sent and received.
  };

  void post(Transport& transport, std::size_t i) {
    const TimedTransfer& transfer = transfers_[i];
    const bool ascending = transfer.src < transfer.dst;
    Exchange& exchange = under_way_[i].exchange;
    exchange.id = i;
    exchange.ranks = {std::min(transfer.src, transfer.dst), std::max(transfer.src, transfer.dst)};
    exchange.transfers = {{transfer.dst, transfer.bytes}};
    exchange.first = {0, ascending ? 1U : 0U, 1};
    exchange.incoming = {ascending ? 0U : 1U, ascending ? 1U : 0U};
    transport.open(exchange);
    transport.post(exchange, ascending ? 0 : 1, transfer.start);
  }

  void told(const Exchange& exchange) {
    const auto at = under_way_.find(exchange.id);
    if (--at->second.tells_left > 0) return;
    under_way_.erase(at);
    ++ended_;
  }

  const std::vector<TimedTransfer>& transfers_;
  std::vector<Seconds> finish_;
  std::unordered_map<std::uint64_t, UnderWay> under_way_;
  std::size_t ended_ = 0;
};

}  // namespace

std::vector<Seconds> carry(const std::vector<TimedTransfer>& transfers, const Platform& platform, int gpus,
                           const NetworkConfig& network) {
  sg4::Engine engine("ringtail");
  const Cluster cluster(engine, platform, gpus);
  Carrier carrier(transfers);
  if (network.solver == NetworkSolver::fluid) {
    const auto transport = std::make_shared<FluidTransport>(cluster, gpus, network.tolerance, carrier);
    engine.add_model(transport);
    carrier.start(*transport);
    engine.run();
  } else {
    SimgridTransport transport(cluster, carrier);
    carrier.start(transport);
    engine.run();
  }
  if (!carrier.done()) throw std::logic_error("the simulation ended before all transfers had");
  return carrier.finish();
}

}  // namespace ringtail
