#include "cli/sweep_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace ringtail {

SweepProgress::SweepProgress(bool wanted, std::size_t points, double expected_s)
    : enabled_(wanted && isatty(STDERR_FILENO) != 0), points_(points), expected_s_(expected_s) {}

SweepProgress::~SweepProgress() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void SweepProgress::add(double expected_s, bool is_failure) {
  ++done_;
  failed_ += is_failure ? 1 : 0;
  expected_done_s_ += expected_s;
}

std::string SweepProgress::text(double elapsed_s) const {
  std::string text = fmt::format("{} of {} points", done_, points_);
  if (failed_ > 0) text += fmt::format(", {} failed", failed_);
  if (done_ > 0 && elapsed_s > 0) text += fmt::format(", {:.3g} points/s", static_cast<double>(done_) / elapsed_s);
  if (expected_done_s_ > 0)
    text += fmt::format(", {:.0f} s left", elapsed_s * (expected_s_ - expected_done_s_) / expected_done_s_);
  return text;
}

void SweepProgress::show() {
  if (!enabled_) return;
  shown_ = true;
  fmt::print(stderr, "\r\033[K{}", text(std::chrono::duration<double>(Clock::now() - begin_).count()));
  std::fflush(stderr);
}

}  // namespace ringtail
