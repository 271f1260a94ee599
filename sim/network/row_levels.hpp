#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.hpp"

namespace ringtail {

/// What a row needs of one link: the time in which the link, if it had nothing else to do, would carry the row's bytes.
struct LinkNeed {
  std::uint32_t link = 0;
  Seconds time = 0;
};

/// Rates of rows, which use all their links in proportion to their needs, under bottleneck max fairness
/// (docs/decisions/0008-coupled-sharing.md). Each link has a level, the largest part of it that any one row gets; a row
/// runs at the least of level/need over its links; and a link with a finite level is full. Rates are parts of a row per
/// second, levels and what links have to do are parts of the links' capacities.
class RowLevels {
 public:
  using Id = std::uint32_t;

  explicit RowLevels(std::size_t links);

  /// Needs are more than zero, at most one for each link, at least one. Ids of removed rows are given again.
  Id add(std::span<const LinkNeed> needs);
  void remove(Id row);

  /// Brings levels and rates in line with the rows, starting from the last levels, so that links are full, or not
  /// overloaded, within `tolerance` of their capacities; one below `exact` counts as `exact`. False if it gave up
  /// before.
  bool solve(double tolerance);

  /// Rounding errors of a link's use are below this.
  static constexpr double exact = 1e-12;

  [[nodiscard]] double rate(Id row) const { return rows_[row].rate; }
  /// Infinity for a link that limits no row.
  [[nodiscard]] double level(std::uint32_t link) const { return level_[link]; }
  /// Part of the link's capacity that its rows use.
  [[nodiscard]] double use(std::uint32_t link) const { return use_[link]; }

 private:
  struct User {
    Id row = 0;
    std::uint32_t need = 0;  ///< Which one of the row's.
    Seconds time = 0;
  };
  struct Need {
    std::uint32_t link = 0;
    std::uint32_t user = 0;  ///< Which one of the link's.
    Seconds time = 0;
  };
  /// The two least of level/need, and which link has the least.
  struct Row {
    double first = 0;
    double second = 0;
    double rate = 0;
    std::uint32_t link = 0;
  };
  struct Unbalanced {
    double by = 0;
    std::uint32_t link = 0;
  };

  [[nodiscard]] double imbalance(std::uint32_t link) const;
  bool find_unbalanced(double tolerance);
  void balance(std::uint32_t link, double damping);
  [[nodiscard]] double root(double from) const;
  void set_level(std::uint32_t link, double level);
  void find_limits(Id row);
  void set_rate(Id row);
  void sum_up();
  void correct();
  void set_up_equations();
  [[nodiscard]] double worst() const;

  std::vector<double> level_;             ///< By link.
  std::vector<double> use_;               ///< By link.
  std::vector<std::vector<User>> users_;  ///< By link.
  std::vector<Row> rows_;                 ///< By row.
  std::vector<std::vector<Need>> needs_;  ///< By row; empty for an id that is not in use.
  std::vector<Id> free_;
  std::vector<double> demands_;  ///< Parts of a link that its rows would take if it did not limit them.
  std::vector<Unbalanced> unbalanced_;
  std::vector<std::uint32_t> unknowns_;     ///< Links whose levels are the unknowns of the equations.
  std::vector<std::uint32_t> equation_of_;  ///< By link.
  std::vector<double> matrix_;
  std::vector<double> right_;
  std::vector<double> kept_;
};

}  // namespace ringtail
