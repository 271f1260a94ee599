#include "cli/progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace ringtail {

ProgressLine::ProgressLine(bool wanted) : enabled_(wanted && isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void ProgressLine::show(const StepProgress& progress) {
  const auto now = Clock::now();
  const double elapsed = std::chrono::duration<double>(now - begin_).count();
  if (!enabled_ || elapsed < 1 || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  shown_ = true;
  const double left = elapsed * (progress.steps_total - progress.steps_done) / progress.steps_done;
  fmt::print(stderr, "\r\033[K{} of {} steps, {:.1f} steps/s, {:.0f} s left", progress.steps_done, progress.steps_total,
             progress.steps_done / elapsed, left);
  std::fflush(stderr);
}

}  // namespace ringtail
