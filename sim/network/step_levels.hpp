#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/units.hpp"

namespace ringtail {

/// What flows of a row or of a column have left.
struct Left {
  float flows = 0;
  float bytes = 0;
};

/// The same by ingress.
struct Columns {
  float* flows = nullptr;
  float* bytes = nullptr;
};

/// A row of flows that leave by one egress port, one flow at most to each ingress.
struct StepRow {
  const float* left = nullptr;  ///< Bytes left by ingress; 0 where there is no flow. Whole vectors.
  float* next = nullptr;        ///< Bytes left after the step.
  std::size_t egress = 0;
  Columns columns;      ///< To add to, those of the row's exchange.
  Left* rest = nullptr;  ///< What the row has left after the step.
};

/// Max-min fair shares of whole steps of time instead of instants: how many bytes each flow moves in a step, so that
/// flows that end within it leave what they do not need to the others (docs/decisions/0004-fast-flow-solver.md).
///
/// Each port has a level: bytes that a flow limited by it moves in the step, infinity if the port is slack. A flow moves
/// min(left, level of its egress, level of its ingress); a port with a finite level moves its budget, the others no more
/// than that.
class StepLevels {
 public:
  StepLevels(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress);

  /// Ingress ports, filled up to whole vectors.
  [[nodiscard]] std::size_t width() const { return width_; }

  /// Finds the levels of a step of length `h` for rows ordered by egress. `egress_flows` and `ingress_flows`: flows of
  /// each port.
  void solve(const std::vector<StepRow>& rows, const std::vector<float>& egress_flows,
             const std::vector<float>& ingress_flows, Seconds h);

  /// How the flows of a port advance within the step: those with at most `bytes` left are through it at the time
  /// that `finish` says, counted from the step's beginning.
  struct Curve {
    float length = 0;   ///< Time at which all flows that the port lets finish have finished.
    float inverse = 0;  ///< 1 / level.
    float bend = 0;     ///< 0: the level grows linearly over the step; 1: from rest, as a parabola.

    [[nodiscard]] float finish(float bytes) const {
      const float u = bytes * inverse < 1 ? bytes * inverse : 1;
      return length * u * (1 + bend * (1 - u));
    }
    /// The part of the level that is reached at fraction `theta` of the step.
    [[nodiscard]] float reached(float theta) const;
  };
  /// When a flow that moves all its bytes in the step is through both its ports.
  [[nodiscard]] float finish(std::size_t egress, std::size_t ingress, float bytes) const {
    return std::max(egress_.curve[egress].finish(bytes), ingress_.curve[ingress].finish(bytes));
  }

  /// Moves the flows by their levels, into `next` of each row.
  void move(const std::vector<StepRow>& rows);

  /// After `move`: makes the curves, from the flows that each port had at the beginning.
  void draw_curves(const std::vector<float>& egress_flows, const std::vector<float>& ingress_flows);

  /// Shortens the step to fraction `theta`: levels become those that the curves have reached then. `move` follows.
  void cut(float theta);

  /// The last `move` is what has happened: what ports moved too much or too little is made good in the next step.
  void commit(const std::vector<float>& egress_flows, const std::vector<float>& ingress_flows);

  /// Forgets earlier steps.
  void reset();

 private:
  struct Side {
    explicit Side(const std::vector<BytesPerSecond>& capacities, std::size_t size);
    void scale(const std::vector<float>& flows, float h);
    void draw_curves(const std::vector<float>& flows, float h);
    void settle(const std::vector<float>& flows, float elapsed);

    std::vector<float> capacity;  ///< Bytes per second, by port.
    std::vector<float> rate;      ///< Level per second of the last step.
    std::vector<float> level;     ///< Bytes per flow and step.
    std::vector<float> budget;    ///< Bytes in the step.
    std::vector<float> owed;      ///< Bytes that it may move beyond its capacity in the next step, or less if negative.
    std::vector<float> moved;     ///< Bytes in the step.
    std::vector<float> above;     ///< Flows that the level limits.
    std::vector<Curve> curve;
  };

  std::size_t width_;
  Side egress_;
  Side ingress_;
  float h_ = 0;
};

}  // namespace ringtail
