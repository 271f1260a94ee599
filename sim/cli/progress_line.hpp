#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "simulation/simulate.hpp"

namespace ringtail {

/// One line on the terminal that says how far a simulation is, from its second second on. Writes nothing if stderr is
/// not a terminal.
class ProgressLine {
 public:
  /// `what` stands before the figures.
  explicit ProgressLine(bool wanted, std::string what = "");
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const StepProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  std::string what_;
  bool shown_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_{};
};

/// The same for one simulation after another: a line begins anew where `what` changes.
class ProgressLines {
 public:
  explicit ProgressLines(bool wanted) : wanted_(wanted) {}

  void show(const std::string& what, const StepProgress& progress);

  /// Removes the line, so that results can follow.
  void end() { line_.reset(); }

 private:
  bool wanted_;
  std::string what_;
  std::optional<ProgressLine> line_;
};

}  // namespace ringtail
