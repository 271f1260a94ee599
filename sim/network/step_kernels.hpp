#pragma once

#include <cstddef>

#include "network/step_levels.hpp"

/// The loops in which the time goes, compiled for several vector widths. All give the same bits: sums run in a fixed
/// number of lanes, and nothing is contracted.
namespace ringtail::kernels {

/// Rows are filled up to whole numbers of lanes.
inline constexpr std::size_t float_lanes = 16;

/// Fills one egress port: its level, found by Newton's method, such that its rows move its budget, given the levels of
/// the ingress ports. Adds what each ingress moves then to `moved`, and the flows that the ingress limits to `above`.
float fill_egress(const StepRow* rows, std::size_t count, std::size_t width, float level, float budget, float flows,
                  const float* ingress, float* moved, float* above);

/// One Newton step of each ingress level towards its budget. Returns the largest error of the levels as they were,
/// relative to the budget; corrects nothing if that is below `enough`.
float correct_ingress(std::size_t width, float* level, const float* budget, const float* flows, const float* moved,
                      const float* above, float enough);

struct RowMove {
  float moved = 0;
  Left left;
};
/// next = left - min(left, egress, ingress) of a row. Adds what moves to `ingress_moved` and what is left to `row.columns`.
RowMove move_row(const StepRow& row, std::size_t width, float egress, const float* ingress, float* ingress_moved);

}  // namespace ringtail::kernels
