#include "timeline/rate_counter.hpp"

#include <limits>

namespace ringtail {

void RateCounter::add(Seconds start, Seconds end, Bytes bytes) {
  const std::int64_t from = ChromeTrace::nanoseconds(start);
  const std::int64_t to = ChromeTrace::nanoseconds(end);
  if (to <= from || bytes <= 0) return;
  const double rate = bytes / static_cast<double>(to - from);  // Bytes per nanosecond are GB/s.
  changes_[from] += rate;
  changes_[to] -= rate;
  ++intervals_[from];
  --intervals_[to];
}

void RateCounter::write(ChromeTrace& trace, int process, const char* name, Seconds until) {
  write_to(trace, process, name, ChromeTrace::nanoseconds(until));
}

void RateCounter::write_all(ChromeTrace& trace, int process, const char* name) {
  write_to(trace, process, name, std::numeric_limits<std::int64_t>::max());
}

void RateCounter::write_to(ChromeTrace& trace, int process, const char* name, std::int64_t until) {
  while (!changes_.empty() && changes_.begin()->first < until) {
    const auto [t, change] = *changes_.begin();
    under_way_ += intervals_.begin()->second;
    value_ = under_way_ == 0 ? 0 : value_ + change;  // No rounding is left where nothing is under way.
    trace.counter(process, name, t, value_);
    changes_.erase(changes_.begin());
    intervals_.erase(intervals_.begin());
  }
}

}  // namespace ringtail
