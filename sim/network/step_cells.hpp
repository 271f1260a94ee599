#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "network/inner_links.hpp"
#include "network/step_row.hpp"

namespace ringtail {

/// The cells (origin, column) that have flows in a step, and the inner links that these flows take. What rows have in
/// common is done once for each cell: finding the least level on the way, and telling the links what has passed.
class StepCells {
 public:
  explicit StepCells(const InnerLinks& inner);

  /// The cells of these rows, whose columns are positions of `ingress`. Sets the rows' `limit` and `passed`.
  void begin(std::vector<StepRow>& rows, const StepPorts& ingress, std::size_t width);

  /// The inner links with flows.
  [[nodiscard]] const StepPorts& links() const { return links_; }

  /// Sets the rows' limits to the least level of ingress and inner links (by position); nothing has passed yet.
  void set_limits(const Floats& ingress, const Floats& inner);

  /// Adds what has passed the cells to the links' totals; a flow that is limited is so by the link with the least
  /// level.
  void pass_on(const Passed& ingress, const Passed& inner) const;

  /// Positions of the inner links that the row's flow to a column takes.
  [[nodiscard]] std::span<const std::uint32_t> links_of(const StepRow& row, std::size_t column) const {
    return links_of(cells_[cell_[static_cast<std::size_t>(row.limit - limit_.data()) + column]]);
  }

 private:
  static constexpr std::uint32_t none = 0xffffffff;

  struct Cell {
    std::uint32_t at = 0;  ///< Its place in `limit_` and the like.
    std::uint32_t column = 0;
    std::uint32_t first = 0;  ///< Its links in `cell_links_`.
    std::uint32_t count = 0;
    std::uint32_t least = none;  ///< The inner link with the least level, or none if the ingress port's is lower.
  };

  [[nodiscard]] std::span<const std::uint32_t> links_of(const Cell& cell) const {
    return {cell_links_.data() + cell.first, cell.count};
  }
  void find_origins(std::vector<StepRow>& rows);
  void add_cell(std::size_t at, std::size_t origin, std::size_t column, std::size_t ingress);

  const InnerLinks& inner_;
  std::size_t width_ = 0;
  std::vector<std::uint32_t> origins_;   ///< That have rows.
  std::vector<std::uint32_t> position_;  ///< By origin: among these.
  std::vector<std::uint32_t> link_position_;
  StepPorts links_;
  std::vector<Cell> cells_;
  std::vector<std::uint32_t> cell_links_;
  // By position of the origin and column, `width_` columns each.
  Floats flows_;
  Floats limit_;
  Floats moved_;
  Floats above_;
  Floats most_;
  std::vector<std::uint32_t> cell_;
};

}  // namespace ringtail
