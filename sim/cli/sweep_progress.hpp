#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace ringtail {

/// One line on the terminal that says how far a sweep is. Writes nothing if stderr is not a terminal.
class SweepProgress {
 public:
  /// Of `points`, whose expected times sum to `expected_s`.
  SweepProgress(bool wanted, std::size_t points, double expected_s);
  ~SweepProgress();
  SweepProgress(const SweepProgress&) = delete;
  SweepProgress& operator=(const SweepProgress&) = delete;

  void add(double expected_s, bool is_failure);
  void show();

  /// "12 of 96 points, 2 failed, 0.8 points/s, 105 s left"
  [[nodiscard]] std::string text(double elapsed_s) const;

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  bool shown_ = false;
  std::size_t points_;
  double expected_s_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  double expected_done_s_ = 0;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace ringtail
