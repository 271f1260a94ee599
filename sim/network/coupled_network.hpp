#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "network/fluid_network.hpp"
#include "network/row_levels.hpp"
#include "network/topology.hpp"

namespace ringtail {

/// Transfers that a rank has posted together progress in proportion to their sizes, as in a send queue that is blocked
/// by its head, and end together. A *row* is those of one post that have the same latency, so that they start together:
/// where a route is longer, what enters later is a row of its own. Rows share links by RowLevels.
///
/// Goes from event to event: a row's start or end, of which there are as many as rows, not as transfers.
class CoupledNetwork final : public FluidNetwork {
 public:
  /// `tolerance` as in NetworkConfig.
  explicit CoupledNetwork(Topology topology, double tolerance = 0);

  void open(const Exchange& exchange) override { progress_.open(exchange); }
  void post(const Exchange& exchange, int member, Seconds t) override;
  [[nodiscard]] Seconds next_event() const override { return next_; }
  void advance(std::vector<Completion>& completions) override;
  [[nodiscard]] std::size_t open_exchanges() const override { return progress_.open_exchanges(); }

 private:
  struct Row {
    std::uint64_t exchange = 0;
    int src = 0;
    Copier copier = Copier::none;
    std::vector<Transfer> transfers;  ///< None: the row is over.
    double left = 0;                  ///< Part of the row that has not been moved.
  };
  struct Start {
    Seconds t = 0;
    std::uint64_t order = 0;  ///< Of posting, for starts at the same time.
    Row row;
    bool operator>(const Start& other) const { return t != other.t ? t > other.t : order > other.order; }
  };

  [[nodiscard]] Seconds latency(int src, const Transfer& transfer) const {
    return topology_.route(src, transfer.dst).latency;
  }
  void move(Seconds duration);
  void end(RowLevels::Id id, Seconds t, std::vector<Completion>& completions);
  void start(Row row);
  void find_next();

  Topology topology_;
  RowLevels levels_;
  double level_tolerance_;
  std::vector<Row> rows_;                 ///< By id in `levels_`.
  std::vector<RowLevels::Id> under_way_;  ///< In order of their starts.
  std::priority_queue<Start, std::vector<Start>, std::greater<>> starts_;
  std::uint64_t posts_ = 0;
  Progress progress_;
  std::vector<Bytes> bytes_on_;  ///< By link: of the row that starts.
  std::vector<LinkNeed> needs_;
  Seconds origin_ = 0;  ///< When the first row started after none was under way.
  Seconds now_ = 0;     ///< Since `origin_`: small, so that a collective after hours is as exact as one at once.
  Seconds until_end_;   ///< From `now_` to the next end of a row.
  Seconds next_;
};

}  // namespace ringtail
