#pragma once

#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "network/components.hpp"
#include "network/flow.hpp"
#include "network/step_row.hpp"

namespace ringtail {

/// The bytes that flows through a switch have left, as rows by source and columns by ingress port, ready for
/// `StepLevels`. Ingress ports get a column when a flow comes for them and lose it when most columns are empty.
class FlowTable {
 public:
  /// The flows of one source in one exchange that started together, one at most to each ingress.
  struct Row {
    std::uint32_t slot = 0;   ///< Where its bytes are.
    std::uint32_t width = 0;  ///< Columns for which there are, in whole vectors; it has no flows to later ones.
    std::uint32_t batch = 0;
    std::uint32_t egress = 0;
    std::uint32_t origin = 0;
    int src = 0;
    Seconds start = 0;
    std::uint32_t started = 0;  ///< Flows.
    Left left;
    Left next;  ///< After the step that was solved.
  };

  /// The flows of one exchange to one destination, which share an ingress port.
  struct Arrivals {
    int dst = -1;
    std::uint32_t expected = 0;  ///< Flows that have not started.
    std::uint32_t started = 0;   ///< Flows that have, and have not been reported as received.
    Seconds start = 0;           ///< Of the first of these, or of the destination's own sending if that is later.
  };

  /// The flows of one exchange. One with two destinations on one ingress port has two batches.
  struct Batch {
    std::uint64_t exchange = 0;
    std::uint32_t rows = 0;
    std::uint32_t expected = 0;
    std::vector<Arrivals> arrivals;  ///< By ingress port.
    Floats flows;                    ///< By column, as all that follow: flows with bytes left,
    Floats bytes;                    ///< and these bytes;
    Floats next_flows;               ///< the same after the step that was solved.
    Floats next_bytes;

    [[nodiscard]] bool is_over() const { return rows == 0 && expected == 0; }
  };

  FlowTable(std::size_t egress_ports, std::size_t ingress_ports);

  /// Announces a flow that will start one day, and takes that back.
  void expect(const Flow& flow, std::size_t ingress);
  void forget(const Flow& flow, std::size_t ingress);

  /// A flow that was expected starts at `t`.
  void start(const Flow& flow, const Path& path, Bytes bytes, Seconds t);

  [[nodiscard]] bool is_empty() const { return rows_.empty(); }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] std::vector<Batch>& batches() { return batches_; }
  [[nodiscard]] float left(const Row& row, std::size_t column) const {
    return column < row.width ? bytes_[at(row.slot, turn_) + column] : 0;
  }

  /// The rows and ports for the next step.
  void begin_step(std::vector<StepRow>& rows, StepPorts& egress);
  [[nodiscard]] const StepPorts& columns() const { return columns_; }

  /// Forgets what the step has left of a row, or of an exchange's column.
  void clear_next(const Row& row) { clear_next(row, 0, row.width); }
  void clear_next(std::uint32_t batch, std::size_t column);

  /// The step has happened: what it has left is what there is. Rows that have none end.
  void end_step();

 private:
  static constexpr std::uint32_t none = 0xffffffff;

  [[nodiscard]] std::size_t at(std::uint32_t slot, std::size_t turn) const { return (2 * slot + turn) * stride_; }
  [[nodiscard]] static bool takes(const Batch& batch, const Flow& flow, std::size_t ingress);
  std::uint32_t find_batch(const Flow& flow, std::size_t ingress);
  std::uint32_t search_batch(const Flow& flow, std::size_t ingress);
  Row new_row(const Flow& flow, const Path& path, std::uint32_t batch, Seconds t);
  Row& find_row(const Flow& flow, const Path& path, std::size_t column, std::uint32_t batch, Seconds t);
  std::uint32_t find_column(std::size_t ingress);
  void begin_own(const Flow& sent, Seconds t);
  void widen(Row& row, std::size_t column);
  void clear_next(const Row& row, std::size_t first, std::size_t last);
  void drop_empty_columns();

  std::size_t stride_;     ///< Of a row's bytes: ingress ports in whole vectors.
  std::vector<Row> rows_;  ///< By egress.
  std::vector<Batch> batches_;
  Floats bytes_;  ///< By slot: bytes left before and after a step, which is which changes each time.
  std::size_t turn_ = 0;
  std::vector<std::uint32_t> free_slots_;
  std::uint32_t last_batch_ = 0;  ///< Where the last flow went: the next one is likely to go there too.
  std::size_t last_row_ = 0;
  Floats egress_flows_;                ///< By port.
  std::vector<std::uint32_t> column_;  ///< By ingress port.
  StepPorts columns_;
};

}  // namespace ringtail
