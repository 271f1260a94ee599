#include "study/runner.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "simulation/child_processes.hpp"

namespace ringtail {
namespace {

using Clock = std::chrono::steady_clock;

/// Keeps a process waiting until its parent opens it.
class Gate {
 public:
  Gate() : event_(::eventfd(0, EFD_CLOEXEC)) {
    if (event_ < 0) throw std::runtime_error(fmt::format("cannot make an eventfd: {}", std::strerror(errno)));
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() { ::close(event_); }

  void open() const { ::eventfd_write(event_, 1); }
  void wait() const {
    eventfd_t ignored = 0;
    while (::eventfd_read(event_, &ignored) != 0 && errno == EINTR) {
    }
  }

 private:
  int event_;
};

/// What a point's process does. It leaves the terminal's foreground, so that Ctrl-C reaches the sweep alone.
std::string work(const StudySource& source, const PlannedPoint& point, const Gate& gate,
                 const std::optional<double>& memory_limit) {
  ::setpgid(0, 0);
  gate.wait();
  if (memory_limit) {
    const auto bytes = static_cast<rlim_t>(*memory_limit);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_DATA, &limit);
  }
  return serialize(simulate_point(source, point));
}

/// The processes of points, and what became of them. One more than may simulate has been forked and waits: to make a
/// process takes milliseconds, to open its gate takes none.
class Runner {
 public:
  Runner(const StudySource& source, const std::vector<const PlannedPoint*>& points, const RunnerOptions& options)
      : source_(source), points_(points), options_(options) {}

  bool run() {
    const InterruptHandler handler;
    ::malloc_trim(0);  // What planning has freed is no reserve that limits of memory do not see.
    while (next_ < points_.size() || children_.running() > 0) {
      while (next_ < points_.size() && !waiting_) start();
      keep_finished();  // while the next ones simulate
      children_.wait([this](int index, const ChildMessage& message) { note(index, message); },
                     [this](int index, int status) { finish(index, status); }, 200);
      if (InterruptHandler::interrupted()) break;
      end_late_ones();
      options_.on_wait();
    }
    keep_finished();
    return !InterruptHandler::interrupted();
  }

 private:
  /// A point whose process has not ended.
  struct Running {
    Gate gate;
    Clock::time_point begin = Clock::now();
    bool has_record = false;
    bool is_late = false;
  };

  [[nodiscard]] const std::string& identity(int index) const {
    return points_[static_cast<std::size_t>(index)]->identity;
  }

  void start() {
    const PlannedPoint& point = *points_[next_];
    const int index = static_cast<int>(next_++);
    if (const auto record = known_record(point)) return finished_.push_back(*record);
    const Gate& gate = running_[index].gate;
    children_.start(index, [this, &point, &gate](const TellProgress&) {
      return work(source_, point, gate, options_.memory_limit);
    });
    waiting_ = index;
    let_go();
  }

  void let_go() {
    if (!waiting_ || simulating_ == options_.jobs) return;
    Running& point = running_.at(*waiting_);
    point.begin = Clock::now();
    point.gate.open();
    ++simulating_;
    waiting_.reset();
  }

  /// A process that has told its result only has to end: it makes room for the next one.
  void note(int index, const ChildMessage& message) {
    using Kind = ChildMessage::Kind;
    if (message.kind == Kind::progress) return;
    make_room(index);
    add(index, message.kind == Kind::result ? deserialize_point(message.text)
                                            : PointRecord{identity(index), "failed", message.text, {}, 0, 0});
  }

  void make_room(int index) {
    if (waiting_ == index)
      waiting_.reset();
    else
      --simulating_;
    let_go();
  }

  void finish(int index, int status) {
    const bool has_record = running_.at(index).has_record;
    if (!has_record) make_room(index);
    if (!has_record && !InterruptHandler::interrupted())  // else it is not the point's fault
      add(index, running_.at(index).is_late ? PointRecord{identity(index),
                                                          "timeout",
                                                          fmt::format("not done after {:g} s", *options_.timeout_s),
                                                          {},
                                                          0,
                                                          0}
                                            : PointRecord{identity(index), "failed", describe_end(status), {}, 0, 0});
    running_.erase(index);
  }

  void add(int index, PointRecord record) {
    Running& point = running_.at(index);
    if (record.outcome != "done") record.wall_s = std::chrono::duration<double>(Clock::now() - point.begin).count();
    point.has_record = true;
    finished_.push_back(std::move(record));
  }

  void keep_finished() {
    for (const PointRecord& record : finished_) options_.on_record(record);
    finished_.clear();
  }

  void end_late_ones() {
    if (!options_.timeout_s) return;
    for (auto& [index, point] : running_) {
      if (waiting_ == index || point.is_late || point.has_record ||
          Clock::now() - point.begin < std::chrono::duration<double>(*options_.timeout_s))
        continue;
      point.is_late = true;
      children_.kill(index);
    }
  }

  const StudySource& source_;
  const std::vector<const PlannedPoint*>& points_;
  const RunnerOptions& options_;
  std::size_t next_ = 0;
  int simulating_ = 0;
  std::optional<int> waiting_;  ///< Behind its gate.
  std::map<int, Running> running_;
  std::vector<PointRecord> finished_;  ///< Not yet told.
  ChildProcesses children_;
};

}  // namespace

bool run_points(const StudySource& source, const std::vector<const PlannedPoint*>& points,
                const RunnerOptions& options) {
  return Runner(source, points, options).run();
}

}  // namespace ringtail
