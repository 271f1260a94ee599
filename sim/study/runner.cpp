#include "study/runner.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <map>

#include "simulation/child_processes.hpp"

namespace ringtail {
namespace {

using Clock = std::chrono::steady_clock;

/// What a point's process does. It leaves the terminal's foreground, so that Ctrl-C reaches the sweep alone.
std::string work(const StudySource& source, const PlannedPoint& point, const std::optional<double>& memory_limit) {
  ::setpgid(0, 0);
  if (memory_limit) {
    const auto bytes = static_cast<rlim_t>(*memory_limit);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_DATA, &limit);
  }
  return serialize(simulate_point(source, point));
}

/// The processes of points, and what became of them.
class Runner {
 public:
  Runner(const StudySource& source, const std::vector<const PlannedPoint*>& points, const RunnerOptions& options)
      : source_(source), points_(points), options_(options) {}

  bool run() {
    const InterruptHandler handler(true);
    ::malloc_trim(0);  // What planning has freed is no reserve that limits of memory do not see.
    while (next_ < points_.size() || children_.running() > 0) {
      while (next_ < points_.size() && static_cast<int>(children_.running()) < options_.jobs) start();
      children_.wait([this](int index, const ChildMessage& message) { note(index, message); },
                     [this](int index, int status) { finish(index, status); }, 200);
      if (InterruptHandler::interrupted()) return false;
      end_late_ones();
      options_.on_wait();
    }
    return true;
  }

 private:
  /// A point under way.
  struct Running {
    Clock::time_point begin;
    std::optional<PointRecord> record;
    bool is_late = false;
  };

  void start() {
    const PlannedPoint& point = *points_[next_];
    const int index = static_cast<int>(next_++);
    if (const auto record = known_record(point)) return options_.on_record(*record);
    running_[index].begin = Clock::now();
    children_.start(index, [this, &point](const TellProgress&) { return work(source_, point, options_.memory_limit); });
  }

  void note(int index, const ChildMessage& message) {
    using Kind = ChildMessage::Kind;
    const std::string& identity = points_[static_cast<std::size_t>(index)]->identity;
    if (message.kind == Kind::result) running_[index].record = deserialize_point(message.text);
    if (message.kind == Kind::failure || message.kind == Kind::unfinished || message.kind == Kind::interrupted)
      running_[index].record = PointRecord{identity, "failed", message.text, {}, 0, 0};
  }

  void finish(int index, int status) {
    const auto node = running_.extract(index);
    const Running& ended = node.mapped();
    if (InterruptHandler::interrupted() && !ended.record) return;  // not the point's fault
    PointRecord record = ended.record.value_or(
        PointRecord{points_[static_cast<std::size_t>(index)]->identity, "failed", describe_end(status), {}, 0, 0});
    if (!ended.record && ended.is_late) {
      record.outcome = "timeout";
      record.reason = fmt::format("not done after {:g} s", *options_.timeout_s);
    }
    if (record.outcome != "done") record.wall_s = std::chrono::duration<double>(Clock::now() - ended.begin).count();
    options_.on_record(record);
  }

  void end_late_ones() {
    if (!options_.timeout_s) return;
    for (auto& [index, point] : running_) {
      if (point.is_late || Clock::now() - point.begin < std::chrono::duration<double>(*options_.timeout_s)) continue;
      point.is_late = true;
      children_.kill(index);
    }
  }

  const StudySource& source_;
  const std::vector<const PlannedPoint*>& points_;
  const RunnerOptions& options_;
  std::size_t next_ = 0;
  std::map<int, Running> running_;
  ChildProcesses children_;
};

}  // namespace

bool run_points(const StudySource& source, const std::vector<const PlannedPoint*>& points,
                const RunnerOptions& options) {
  return Runner(source, points, options).run();
}

}  // namespace ringtail
