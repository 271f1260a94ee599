#include "timeline/chrome_trace.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <iterator>
#include <stdexcept>

namespace ringtail {
namespace {

constexpr std::size_t buffer_size = 1 << 20;

/// Microseconds, as the format wants them, of whole nanoseconds.
std::string microseconds(std::int64_t t) { return fmt::format("{}.{:03}", t / 1000, t % 1000); }
std::string microseconds(Seconds t) { return microseconds(ChromeTrace::nanoseconds(t)); }

}  // namespace

std::int64_t ChromeTrace::nanoseconds(Seconds t) { return std::llround(t * 1e9); }

ChromeTrace::ChromeTrace(int descriptor, const std::string& about) : descriptor_(descriptor) {
  buffer_ = fmt::format("{{\"displayTimeUnit\":\"ms\",\"otherData\":{{{}}},\"traceEvents\":[", about);
}

void ChromeTrace::begin_event() {
  buffer_ += is_first_ ? "\n" : ",\n";
  is_first_ = false;
}

void ChromeTrace::name_process(int process, std::string_view name) {
  begin_event();
  fmt::format_to(std::back_inserter(buffer_),
                 R"({{"ph":"M","name":"process_name","pid":{0},"args":{{"name":"{1}"}}}},
{{"ph":"M","name":"process_sort_index","pid":{0},"args":{{"sort_index":{0}}}}})",
                 process, name);
}

void ChromeTrace::name_track(TrackId track, std::string_view name) {
  if (!named_.emplace(track.process, track.track).second) return;
  begin_event();
  fmt::format_to(std::back_inserter(buffer_),
                 R"({{"ph":"M","name":"thread_name","pid":{0},"tid":{1},"args":{{"name":"{2}"}}}},
{{"ph":"M","name":"thread_sort_index","pid":{0},"tid":{1},"args":{{"sort_index":{1}}}}})",
                 track.process, track.track, name);
}

void ChromeTrace::edge(char phase, TrackId track, std::string_view name, std::string_view category, Seconds t,
                       const std::string& args) {
  begin_event();
  fmt::format_to(std::back_inserter(buffer_),
                 R"({{"ph":"{}","pid":{},"tid":{},"ts":{},"name":"{}","cat":"{}","args":{{{}}}}})", phase,
                 track.process, track.track, microseconds(t), name, category, args);
  write_if_large();
}

void ChromeTrace::async(TrackId track, std::string_view name, std::string_view category, Seconds start, Seconds end,
                        const std::string& args) {
  const std::uint64_t id = next_id_++;
  begin_event();
  fmt::format_to(std::back_inserter(buffer_),
                 R"({{"ph":"b","pid":{0},"tid":{1},"ts":{2},"id":"{3:#x}","name":"{4}","cat":"{5}","args":{{{6}}}}},
{{"ph":"e","pid":{0},"tid":{1},"ts":{7},"id":"{3:#x}","name":"{4}","cat":"{5}"}})",
                 track.process, track.track, microseconds(start), id, name, category, args, microseconds(end));
  write_if_large();
}

void ChromeTrace::flow(std::string_view name, TrackId from, Seconds start, TrackId to, Seconds end) {
  const std::uint64_t id = next_id_++;
  begin_event();
  fmt::format_to(std::back_inserter(buffer_),
                 R"({{"ph":"s","pid":{},"tid":{},"ts":{},"id":"{:#x}","name":"{}","cat":"flow"}},
)",
                 from.process, from.track, microseconds(start), id, name);
  fmt::format_to(std::back_inserter(buffer_),
                 R"({{"ph":"f","bp":"e","pid":{},"tid":{},"ts":{},"id":"{:#x}","name":"{}","cat":"flow"}})", to.process,
                 to.track, microseconds(end), id, name);
  write_if_large();
}

void ChromeTrace::counter(int process, std::string_view name, std::int64_t nanoseconds, double value) {
  begin_event();
  fmt::format_to(std::back_inserter(buffer_), R"({{"ph":"C","pid":{},"ts":{},"name":"{}","args":{{"value":{:.6g}}}}})",
                 process, microseconds(nanoseconds), name, value);
  write_if_large();
}

void ChromeTrace::finish() {
  buffer_ += "\n]}\n";
  write();
}

void ChromeTrace::write_if_large() {
  if (buffer_.size() >= buffer_size) write();
}

void ChromeTrace::write() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count < 0 && errno != EINTR)
      throw std::runtime_error(fmt::format("the trace cannot be written: {}", std::strerror(errno)));
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
  buffer_.clear();
}

}  // namespace ringtail
