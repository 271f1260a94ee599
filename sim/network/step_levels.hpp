#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.hpp"

namespace ringtail {

/// What the flows of a row or of a column have left.
struct Left {
  float flows = 0;  ///< Flows with bytes left.
  float bytes = 0;
};

/// The same by column, as two arrays.
struct Columns {
  float* flows = nullptr;
  float* bytes = nullptr;
};

/// A row of flows that leave by one egress port; one flow at most in each column, and each column enters one ingress
/// port. Filled up with zeros to whole vectors (kernels::float_lanes).
struct StepRow {
  const float* left = nullptr;  ///< Bytes left, by column; 0 where there is no flow.
  float* next = nullptr;        ///< Bytes left after the step.
  std::size_t egress = 0;       ///< Position of the port in `StepPorts`.
  Left* rest = nullptr;         ///< What the row has left after the step.
  Columns columns;              ///< To which that is added.
};

/// The ports of one side that have flows.
struct StepPorts {
  std::vector<std::uint32_t> port;  ///< Number of the port, by position.
  std::vector<float> flows;         ///< Flows that use it, by position.

  void clear() {
    port.clear();
    flows.clear();
  }
};

/// Max-min fair shares of whole steps of time instead of instants: how many bytes each flow moves in a step, so that
/// flows that end within it leave what they do not need to the others (docs/decisions/0004-fast-flow-solver.md).
///
/// Each port has a level: the bytes that a flow limited by it moves in the step, infinity if the port is slack. A flow
/// moves min(left, level of its egress, level of its ingress). A port with a finite level moves its budget, which is
/// its capacity over the step, and the others no more than that.
class StepLevels {
 public:
  StepLevels(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress);

  /// Finds the levels of a step of length `h` and moves the rows' flows, into their `next`. Rows are ordered by egress,
  /// columns are positions of `ingress`.
  void solve(const std::vector<StepRow>& rows, const StepPorts& egress, const StepPorts& ingress, Seconds h);

  /// When a flow that moves all its bytes in the step has left its egress and entered its ingress (positions), counted
  /// from the beginning of the step.
  [[nodiscard]] float finish(std::size_t egress, std::size_t ingress, float bytes) {
    if (!has_curves_) draw_curves();
    return std::max(egress_.curve[egress].finish(bytes), ingress_.curve[ingress].finish(bytes));
  }

  /// The last step that was solved is what has happened: what its ports moved too much or too little is made good in
  /// the next one.
  void commit();

  /// Forgets earlier steps.
  void reset();

 private:
  /// How the flows of a port advance within the step.
  struct Curve {
    float length = 0;   ///< Time at which all flows that end have ended.
    float inverse = 0;  ///< 1 / level.
    float bend = 0;     ///< 0: each moves at a constant rate; 1: from rest, with constant acceleration.

    [[nodiscard]] float finish(float bytes) const {
      const float u = std::min(bytes * inverse, 1.0F);
      return length * u * (1 + bend * (1 - u));
    }
  };

  struct Side {
    explicit Side(const std::vector<BytesPerSecond>& capacities);
    void begin(const StepPorts& ports, float h);
    void keep_rates(float h);
    void draw_curves(float h);
    void commit(float h);

    std::vector<float> capacity;       ///< Bytes per second, by port.
    std::vector<float> rate;           ///< Level of the last step per second, by port.
    std::vector<float> owed;           ///< Bytes to move beyond the capacity in the next step, or less, by port.
    std::vector<std::uint32_t> ports;  ///< By position, as all that follow; these are filled up to whole vectors.
    std::vector<float> flows;
    std::vector<float> budget;
    std::vector<float> level;
    std::vector<float> moved;  ///< Bytes in the step.
    std::vector<float> above;  ///< Flows that the level limits.
    std::vector<Curve> curve;
  };

  void find_levels(const std::vector<StepRow>& rows);
  void move(const std::vector<StepRow>& rows);
  void draw_curves();

  Side egress_;
  Side ingress_;
  std::size_t width_ = 0;
  float h_ = 0;
  bool has_curves_ = false;
};

}  // namespace ringtail
