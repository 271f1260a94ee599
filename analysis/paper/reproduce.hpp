#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/reference_table.hpp"
#include "paper/variant.hpp"

namespace ringtail {

/// A value, or why there is none.
struct Figure {
  std::optional<double> value;
  std::string remark;  ///< Of a value: what is special about it.
};

/// A printed cell and what it comes to. Times per token are in the table's unit, throughputs in per cent of its 100.
struct ReproducedCell {
  std::string row;
  Quantity quantity = Quantity::experts;
  std::string printed;
  Figure paper;      ///< Closed form under the paper's switches.
  Figure physical;   ///< Closed form under physical switches.
  Figure simulated;  ///< By the simulation, or its memory ledger.

  /// Whether the paper's switches give the printed digits; none if the cell was lost or is no figure.
  [[nodiscard]] std::optional<bool> agrees() const;
};

struct ReproducedTable {
  ReferenceTable table;
  std::vector<ReproducedCell> cells;  ///< Row by row.
};

/// Fills the tables; deployments that they share are evaluated once. Throws ReferenceError and TaskFailed.
[[nodiscard]] std::vector<ReproducedTable> reproduce(const std::vector<ReferenceTable>& tables,
                                                     const PaperOptions& options);

}  // namespace ringtail
