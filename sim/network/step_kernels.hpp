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

/// Egress ports, by position.
struct Ports {
  float* level = nullptr;
  const float* budget = nullptr;
  const float* flows = nullptr;
  float* moved = nullptr;
};

/// True if `width` links, filled up to whole lanes with ones that have no flows, move their budgets, or no more than
/// that if slack. Otherwise one Newton step of each level.
bool correct_levels(std::size_t width, float* level, const float* budget, const float* flows, const Passed& passed);

/// The loops over rows, for one kind of registers.
struct RowKernels {
  /// Sets the levels at which the egress ports move their budgets, given their rows' other limits. Adds what the rows
  /// move to their `passed`. False if a port that was slack turned out to be overfull: its rows have passed as if it
  /// were slack.
  bool (*fill_rows)(const StepRow* rows, std::size_t count, const Ports& ports);

  /// next = left - min(left, egress level, limit) of the rows; what is left is counted in a row's `columns` and `rest`,
  /// whose `slowest` is in steps. Adds what moves to the row's `passed` and the egress port's `moved`.
  void (*move_rows)(const StepRow* rows, std::size_t count, const Ports& ports);
};

/// Those that this machine can run, the fastest last.
std::span<const RowKernels> row_kernels();

}  // namespace ringtail::kernels
