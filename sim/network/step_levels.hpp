#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "network/step_cells.hpp"
#include "network/step_kernels.hpp"
#include "network/step_row.hpp"

namespace ringtail {

/// Max-min fair shares of whole steps of time instead of instants: how many bytes each flow moves in a step, so that
/// flows that end within it leave what they do not need to the others (docs/decisions/0004-fast-flow-solver.md).
///
/// Each link has a level: the bytes that a flow limited by it moves in the step, infinity if the link is slack. A flow
/// moves the least of what it has left and the levels of its egress port, inner links and ingress port. A link with a
/// finite level moves its budget, which is its capacity over the step, and the others no more than that.
class StepLevels {
 public:
  /// `inner` must outlive this; it is empty in a crossbar.
  StepLevels(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress,
             const InnerLinks& inner);

  /// Finds the levels of a step of length `h` and moves the rows' flows, into their `next`. Rows are ordered by egress,
  /// columns are positions of `ingress`.
  void solve(std::vector<StepRow>& rows, const StepPorts& egress, const StepPorts& ingress, Seconds h);

  /// When a row's flow to a column, one that moves all its bytes in the step, has passed all its links; counted from
  /// the beginning of the step.
  [[nodiscard]] float finish(const StepRow& row, std::size_t column, float bytes);

  /// The last step that was solved is what has happened: what its ports moved too much or too little is made good in
  /// the next one.
  void commit();

  /// Forgets earlier steps.
  void reset();

 private:
  /// How the flows of a link advance within the step.
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
    bool correct();
    void commit(float h);

    Floats capacity;                   ///< Bytes per second, by link.
    Floats rate;                       ///< Level of the last step per second, by link.
    Floats owed;                       ///< Bytes to move beyond the capacity in the next step, or less, by link.
    std::vector<std::uint32_t> ports;  ///< By position, as all that follow; these are filled up to whole vectors.
    Floats flows;
    Floats budget;
    Floats level;
    Floats moved;  ///< Bytes in the step.
    Floats above;  ///< Flows that the level limits.
    Floats most;   ///< Bytes of the flow that moves most.
    std::vector<Curve> curve;

    [[nodiscard]] kernels::Ports kernel_ports() { return {level.data(), budget.data(), flows.data(), moved.data()}; }
    [[nodiscard]] Passed passed() { return {moved.data(), above.data(), most.data()}; }
  };

  void find_levels(const std::vector<StepRow>& rows);
  void move(const std::vector<StepRow>& rows);
  void begin_pass();
  void end_pass();
  void draw_curves();

  const kernels::RowKernels& row_kernels_ = kernels::row_kernels().back();
  bool has_inner_;
  Side egress_;
  Side inner_;
  Side ingress_;
  StepCells cells_;  ///< Of `inner_`; not used in a crossbar.
  float h_ = 0;
  bool has_curves_ = false;
};

}  // namespace ringtail
