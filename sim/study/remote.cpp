#include "study/remote.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <stdexcept>

#include "base/line_channel.hpp"
#include "simulation/child_processes.hpp"

namespace ringtail {
namespace {

constexpr const char* gone = "ringtail-mpi is gone; what is finished is kept, and the same command goes on";

/// Who simulates what.
class Manager {
 public:
  Manager(int socket, int workers, const std::vector<const PlannedPoint*>& points, const RunnerOptions& options)
      : channel_(socket, socket), points_(points), options_(options), work_(static_cast<std::size_t>(workers)) {}

  bool run() {
    const InterruptHandler handler;
    for (std::size_t worker = 0; worker < work_.size(); ++worker) hand_out(worker);
    while (under_way_ > 0) {
      pollfd polled{channel_.input(), POLLIN, 0};
      const int ready = ::poll(&polled, 1, 200);
      if (InterruptHandler::interrupted()) return false;
      if (ready > 0 && !channel_.receive([this](const std::string& line) { note(line); }))
        throw std::runtime_error(gone);
      options_.on_wait();
    }
    return true;
  }

 private:
  /// Gives a worker the next point, if there is one.
  void hand_out(std::size_t worker) {
    work_[worker] = nullptr;
    while (next_ < points_.size() && is_known(*points_[next_])) ++next_;
    if (next_ == points_.size()) return;
    const PlannedPoint& point = *points_[next_++];
    work_[worker] = &point;
    ++under_way_;
    if (!channel_.send(fmt::format("{} {} {}", worker, point.number, point.identity))) throw std::runtime_error(gone);
  }

  bool is_known(const PlannedPoint& point) const {
    const std::optional<PointRecord> record = known_record(point);
    if (record) options_.on_record(*record);
    return record.has_value();
  }

  void note(const std::string& line) {
    std::size_t end = 0;
    const std::size_t worker = std::stoul(line, &end);
    const std::string answer = line.substr(end + 1);
    const PlannedPoint* const point = work_.at(worker);
    if (!point) throw std::runtime_error(fmt::format("worker {} answers without a point", worker));
    const PointRecord record = answer.starts_with('!')
                                   ? PointRecord{point->identity, "failed", answer.substr(1), {}, 0, 0}
                                   : deserialize_point(answer);
    if (record.identity != point->identity)
      throw std::runtime_error(fmt::format("worker {} answers for another point", worker));
    --under_way_;
    hand_out(worker);  // it simulates while the record is kept
    options_.on_record(record);
  }

  LineChannel channel_;
  const std::vector<const PlannedPoint*>& points_;
  const RunnerOptions& options_;
  std::vector<const PlannedPoint*> work_;  ///< By worker; none if it is idle.
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace

bool run_points_remotely(int socket, int workers, const std::vector<const PlannedPoint*>& points,
                         const RunnerOptions& options) {
  ::signal(SIGPIPE, SIG_IGN);
  return Manager(socket, workers, points, options).run();
}

bool serve_points(const StudySource& source, const RunnerOptions& limits) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Whoever hands out points takes the worker along.
  ::signal(SIGPIPE, SIG_IGN);
  const std::vector<PointLevels> all = study_points(source.study);
  LineChannel channel(STDIN_FILENO, STDOUT_FILENO);
  bool goes_on = true;
  const auto simulate_asked = [&](const std::string& line) {
    std::istringstream words(line);
    PlannedPoint point;
    words >> point.number >> point.identity;
    if (!words || point.number >= all.size())
      throw std::runtime_error(fmt::format("no point of the study is {}", line));
    point.levels = all[point.number];
    RunnerOptions options = limits;
    options.on_record = [&](const PointRecord& record) { goes_on = channel.send(serialize(record)); };
    goes_on = run_points(source, {&point}, options) && goes_on;
  };
  while (goes_on && channel.receive(simulate_asked)) {
  }
  return goes_on;
}

}  // namespace ringtail
