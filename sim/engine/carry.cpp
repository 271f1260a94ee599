#include "engine/carry.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "engine/cluster.hpp"
#include "engine/fluid_transport.hpp"
#include "engine/simgrid_transport.hpp"
#include "program/members.hpp"

namespace ringtail {
namespace {

namespace sg4 = simgrid::s4u;

/// Transfers of one source with one start, which are posted together.
using Batch = std::vector<std::size_t>;

/// Coupled sharing makes a difference between transfers that are posted together and others. For max-min sharing each
/// one is posted alone, so that its own end is told. A batch's transfers are in order of their destinations.
std::vector<Batch> batches_of(const std::vector<TimedTransfer>& transfers, Sharing sharing) {
  std::vector<Batch> batches;
  std::map<std::pair<Seconds, int>, std::size_t> batch_of;
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    const auto [at, is_new] = batch_of.try_emplace({transfers[i].start, transfers[i].src}, batches.size());
    if (is_new || sharing == Sharing::maxmin)
      batches.push_back({i});
    else
      batches[at->second].push_back(i);
  }
  const auto before = [&](std::size_t a, std::size_t b) { return transfers[a].dst < transfers[b].dst; };
  for (Batch& batch : batches) std::stable_sort(batch.begin(), batch.end(), before);
  return batches;
}

/// Posts each batch as an exchange of its own, which lives only while it is under way, and notes when its transfers
/// end.
class Carrier final : public Transport::Listener {
 public:
  Carrier(const std::vector<TimedTransfer>& transfers, Sharing sharing)
      : transfers_(transfers), batches_(batches_of(transfers, sharing)), finish_(transfers.size(), -1.0) {}

  void start(Transport& transport) {
    for (std::size_t b = 0; b < batches_.size(); ++b)
      simgrid::kernel::timer::Timer::set(transfers_[batches_[b].front()].start,
                                         [this, &transport, b] { post(transport, b); });
  }

  void sent(const Exchange& exchange, int /*src*/, Seconds /*t*/) override { told(exchange); }
  /// Transfers of one batch to one destination take the same route, and so end together.
  void received(const Exchange& exchange, int dst, Seconds t, int /*last_src*/) override {
    const Batch& batch = batches_[exchange.id];
    const auto before = [&](std::size_t i, int rank) { return transfers_[i].dst < rank; };
    for (auto i = std::lower_bound(batch.begin(), batch.end(), dst, before); i != batch.end(); ++i) {
      if (transfers_[*i].dst != dst) break;
      finish_[*i] = t;
    }
    told(exchange);
  }

  [[nodiscard]] const std::vector<Seconds>& finish() const { return finish_; }
  [[nodiscard]] bool done() const { return ended_ == batches_.size(); }

 private:
  struct UnderWay {
    Exchange exchange;
    std::size_t tells_left = 0;  ///< Sent, and received by each destination.
  };

  void post(Transport& transport, std::size_t b) {
    const Batch& batch = batches_[b];
    const TimedTransfer& first = transfers_[batch.front()];
    auto& [exchange, tells_left] = under_way_[b];
    exchange.id = b;
    exchange.ranks = {first.src};
    for (const std::size_t i : batch) exchange.ranks.push_back(transfers_[i].dst);
    std::sort(exchange.ranks.begin(), exchange.ranks.end());
    exchange.ranks.erase(std::unique(exchange.ranks.begin(), exchange.ranks.end()), exchange.ranks.end());
    exchange.incoming.resize(exchange.ranks.size());
    for (const std::size_t i : batch) {
      exchange.transfers.push_back({transfers_[i].dst, transfers_[i].bytes});
      ++exchange.incoming[member_of(exchange, transfers_[i].dst)];
    }
    const std::size_t sender = member_of(exchange, first.src);
    exchange.first.assign(exchange.ranks.size() + 1, 0);
    std::fill(exchange.first.begin() + static_cast<std::ptrdiff_t>(sender) + 1, exchange.first.end(),
              static_cast<std::uint32_t>(batch.size()));
    tells_left = exchange.ranks.size();
    transport.open(exchange);
    transport.post(exchange, static_cast<int>(sender), first.start);
  }

  void told(const Exchange& exchange) {
    const auto at = under_way_.find(exchange.id);
    if (--at->second.tells_left > 0) return;
    under_way_.erase(at);
    ++ended_;
  }

  const std::vector<TimedTransfer>& transfers_;
  std::vector<Batch> batches_;
  std::vector<Seconds> finish_;
  std::unordered_map<std::uint64_t, UnderWay> under_way_;
  std::size_t ended_ = 0;
};

}  // namespace

std::vector<Seconds> carry(const std::vector<TimedTransfer>& transfers, const Platform& platform, int gpus,
                           const NetworkConfig& network) {
  sg4::Engine engine("ringtail");
  const Cluster cluster(engine, platform, gpus);
  Carrier carrier(transfers, network.sharing);
  if (network.solver == NetworkSolver::fluid) {
    const auto transport = std::make_shared<FluidTransport>(cluster, gpus, network, carrier);
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
