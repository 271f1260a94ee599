#pragma once

#include <cstddef>
#include <span>

#include "network/step_row.hpp"

/// The loops in which the time goes, for the registers of any x86-64 and for wider ones. All give the same bits: sums
/// run in a fixed number of lanes, and nothing is contracted.
namespace ringtail::kernels {

/// Rows are filled up to whole numbers of lanes.
inline constexpr std::size_t float_lanes = 16;

inline std::size_t whole_lanes(std::size_t n) { return (n + float_lanes - 1) / float_lanes * float_lanes; }

struct Port {
  float level = 0;
  float budget = 0;
  float flows = 0;
};

/// True if `width` links move their budgets, or no more than that if slack. Otherwise one Newton step of each level.
bool correct_levels(std::size_t width, float* level, const float* budget, const float* flows, const Passed& passed);

/// The loops over rows, for one kind of registers.
struct RowKernels {
  /// The level of an egress port at which its `count` rows move its budget, given their other limits. Adds what they
  /// move then to the rows' `passed`.
  float (*fill_egress)(const StepRow* rows, std::size_t count, Port port);

  /// next = left - min(left, egress, limit) of a row; what is left is counted in the row's `columns` and `rest`, whose
  /// `slowest` is in steps. Adds what moves to the row's `passed`, and returns its sum.
  float (*move_row)(const StepRow& row, float egress);
};

/// Those that this machine can run, the fastest last.
std::span<const RowKernels> row_kernels();

}  // namespace ringtail::kernels
