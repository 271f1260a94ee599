#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/units.hpp"

namespace ringtail {

/// One end of what a trace shows: a track of a process.
struct TrackId {
  int process = 0;
  int track = 0;
};

/// Writes events in Chrome's trace format (the JSON of the "Trace Event Format" document) to a file descriptor as they
/// come. Times are rounded to whole nanoseconds, which is what viewers keep: slices that nest do so afterwards, too.
/// `args` are the members of a JSON object, such as `"layer":3,"bytes":5`. Names are plain words.
/// Throws std::runtime_error if the file cannot be written.
class ChromeTrace {
 public:
  /// `about` as `args`: what the trace is of.
  ChromeTrace(int descriptor, const std::string& about);

  void name_process(int process, std::string_view name);
  /// Once for each track; tracks come in the order of their numbers.
  void name_track(TrackId track, std::string_view name);
  /// Slices of one track must nest, and begin and end in order. Both ends have the same name and `args`, as some
  /// readers ask. They are events of their own because a reader's begin + duration need not be the next one's begin.
  void begin(TrackId track, std::string_view name, std::string_view category, Seconds t, const std::string& args) {
    edge('B', track, name, category, t, args);
  }
  void end(TrackId track, std::string_view name, std::string_view category, Seconds t, const std::string& args) {
    edge('E', track, name, category, t, args);
  }
  /// Both ends of a slice that has none inside.
  void slice(TrackId track, std::string_view name, std::string_view category, Seconds start, Seconds end_time,
             const std::string& args) {
    begin(track, name, category, start, args);
    end(track, name, category, end_time, args);
  }
  /// A slice that may overlap with others.
  void async(TrackId track, std::string_view name, std::string_view category, Seconds start, Seconds end,
             const std::string& args);
  /// An arrow between slices that are under way at these times.
  void flow(std::string_view name, TrackId from, Seconds start, TrackId to, Seconds end);
  /// From `t` on the counter has the value.
  void counter(int process, std::string_view name, std::int64_t nanoseconds, double value);

  /// Ends the file.
  void finish();

  [[nodiscard]] static std::int64_t nanoseconds(Seconds t);

 private:
  void edge(char phase, TrackId track, std::string_view name, std::string_view category, Seconds t,
            const std::string& args);
  void begin_event();
  void write_if_large();
  void write();

  int descriptor_;
  std::string buffer_;
  bool is_first_ = true;
  std::uint64_t next_id_ = 1;
  std::set<std::pair<int, int>> named_;
};

}  // namespace ringtail
