#pragma once

#include <cstdint>
#include <map>

#include "base/units.hpp"
#include "timeline/chrome_trace.hpp"

namespace ringtail {

/// A counter of GB/s: each interval adds its bytes at an even rate, so what lies under the counter is the sum of bytes.
class RateCounter {
 public:
  /// Adds an interval; one of less than a nanosecond adds nothing that could be seen.
  void add(Seconds start, Seconds end, Bytes bytes);

  /// Writes the counter up to `until`; nothing that begins before may be added afterwards.
  void write(ChromeTrace& trace, int process, const char* name, Seconds until);
  void write_all(ChromeTrace& trace, int process, const char* name);

 private:
  void write_to(ChromeTrace& trace, int process, const char* name, std::int64_t until);

  std::map<std::int64_t, double> changes_;  ///< By time in nanoseconds.
  int under_way_ = 0;
  double value_ = 0;
  std::map<std::int64_t, int> intervals_;  ///< Begun less ended at a time: where there are none the value is 0.
};

}  // namespace ringtail
