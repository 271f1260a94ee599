#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "network/bit_matrix.hpp"

namespace ringtail {

/// Max-min fair rates of flows that each use one egress and one ingress port. Every port has a level: the rate of the
/// flows that it limits, infinity if it limits none; a flow runs at the lower level of its two ports. Levels are fair
/// if and only if each port with a finite level is used up and no other is overfull
/// (docs/decisions/0001-flow-solver.md).
///
/// Ports are numbered over both sides: egress e is port e, ingress i is port `side() + i`. Its peers, the ports of the
/// other side, are numbered from 0.
class MaxMin {
 public:
  MaxMin(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress);

  [[nodiscard]] std::size_t side() const { return side_; }
  [[nodiscard]] std::size_t ports() const { return 2 * side_; }
  /// The number of `port`'s peer `peer`, counted over both sides.
  [[nodiscard]] std::size_t other(std::size_t port, std::size_t peer) const {
    return port < side_ ? side_ + peer : peer;
  }
  /// `port` as its peers number it.
  [[nodiscard]] std::size_t within(std::size_t port) const { return port < side_ ? port : port - side_; }

  /// Adds (+1) or removes (-1) a flow. Levels are right again after `solve`.
  void change(std::size_t egress, std::size_t ingress, double flows);

  [[nodiscard]] double flows(std::size_t egress, std::size_t ingress) const { return count_[egress * side_ + ingress]; }

  /// Finds the levels. Costs little more than the ports whose level changes.
  void solve();

  [[nodiscard]] BytesPerSecond level(std::size_t port) const { return level_[port]; }

  /// The ports that the last `solve` looked at; the levels and limited flows of all others are as before.
  [[nodiscard]] const std::vector<std::size_t>& touched() const { return touched_; }

  /// The peers that limit `port`'s flows (their level is the lower one), as a row of bits.
  [[nodiscard]] const std::uint64_t* limiting(std::size_t port) const { return limiting_.row(port); }

 private:
  [[nodiscard]] bool is_slack(std::size_t port) const;
  [[nodiscard]] std::size_t other_side(std::size_t port) const { return port < side_ ? 1 : 0; }
  [[nodiscard]] bool is_stale(std::size_t port) const;
  [[nodiscard]] bool meet(std::size_t a, std::size_t b) const;
  void evaluate(std::size_t port);
  void freeze(std::size_t port);
  void thaw(std::size_t port);
  std::size_t bring_forward(std::size_t k);

  std::size_t side_;  ///< Ports per side, filled up with idle ports to whole vectors.
  std::vector<BytesPerSecond> capacity_;
  std::vector<BytesPerSecond> level_;
  std::vector<BytesPerSecond> last_frozen_;   ///< Level with which the port was frozen last.
  std::vector<double> total_;                 ///< Flows of the port.
  std::vector<double> count_;                 ///< Flows by (port, peer), for both sides.
  std::vector<std::size_t> order_;            ///< All ports; those that limit flows by ascending level.
  BitMatrix frozen_;                          ///< Ports that the filling has passed; two rows, egress and ingress.
  std::vector<BytesPerSecond> frozen_level_;  ///< Their levels, 0 for the others.
  BitMatrix changed_;                ///< Ports frozen in this solve with another level than last time; two rows.
  BitMatrix meets_;                  ///< Peers with which a port has flows.
  BitMatrix many_;                   ///< Peers with which it has more than one.
  BitMatrix limiting_;               ///< Peers that were frozen when the port's level was evaluated.
  std::vector<std::uint8_t> dirty_;  ///< Flows were added or removed since the last solve.
  std::vector<std::uint8_t> is_touched_;
  std::vector<std::size_t> touched_;
};

}  // namespace ringtail
