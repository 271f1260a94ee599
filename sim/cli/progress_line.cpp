#include "cli/progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/count_text.hpp"

namespace ringtail {

ProgressLine::ProgressLine(bool wanted, std::string what)
    : enabled_(wanted && isatty(STDERR_FILENO) != 0), what_(std::move(what)) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void ProgressLine::show(const StepProgress& progress) {
  const auto now = Clock::now();
  const double elapsed = std::chrono::duration<double>(now - begin_).count();
  if (!enabled_ || elapsed < 1 || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  shown_ = true;
  const auto done = static_cast<double>(progress.steps_done);
  fmt::print(stderr, "\r\033[K{}{} of {}, {:.0f} s", what_, progress.steps_done,
             count_text(progress.steps_total, "step"), elapsed);
  if (done > 0)
    fmt::print(stderr, ", {:.3g} steps/s, {:.0f} s left", done / elapsed,
               elapsed * (static_cast<double>(progress.steps_total) - done) / done);
  std::fflush(stderr);
}

void ProgressLines::show(const std::string& what, const StepProgress& progress) {
  if (!line_ || what != what_) line_.emplace(wanted_, what + ": ");
  what_ = what;
  line_->show(progress);
}

}  // namespace ringtail
