#pragma once

#include <cstdint>
#include <queue>
#include <span>
#include <vector>

#include "network/component.hpp"
#include "network/components.hpp"
#include "network/fluid_network.hpp"
#include "network/progress.hpp"
#include "network/topology.hpp"

namespace ringtail {

/// Transfers share links max-min fairly. Links that share no route are in different components.
class FlowNetwork final : public FluidNetwork {
 public:
  /// `tolerance` above 0: components with many flows are solved approximately
  /// (docs/decisions/0004-fast-flow-solver.md).
  explicit FlowNetwork(Topology topology, double tolerance = 0);

  void open(const Exchange& exchange) override;
  void post(const Exchange& exchange, int member, Seconds t) override;
  [[nodiscard]] Seconds next_event() const override { return next_; }
  void advance(std::vector<Completion>& completions) override;
  [[nodiscard]] std::size_t open_exchanges() const override { return progress_.open_exchanges(); }

 private:
  /// Transfers of one row that enter one component at one time.
  struct Start {
    Seconds t = 0;
    std::uint64_t order = 0;  ///< Of posting, for starts at the same time.
    const Exchange* exchange = nullptr;
    int src = 0;
    std::span<const Transfer> transfers;
    bool operator>(const Start& other) const { return t != other.t ? t > other.t : order > other.order; }
  };
  void start(const Start& start);

  Topology topology_;
  std::vector<Path> paths_;  ///< By Topology::index.
  std::vector<Component> components_;
  std::vector<Seconds> next_of_;        ///< By component: its next event.
  std::vector<std::uint32_t> touched_;  ///< Components whose next event may have changed.
  std::priority_queue<Start, std::vector<Start>, std::greater<>> starts_;
  std::uint64_t posts_ = 0;
  Progress progress_;
  std::vector<Finished> finished_;
  Seconds now_ = 0;
  Seconds next_;  ///< Of starts and finishes.
};

}  // namespace ringtail
