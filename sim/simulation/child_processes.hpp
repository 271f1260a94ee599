#pragma once

#include <sys/types.h>

#include <array>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "base/line_channel.hpp"

namespace ringtail {

/// Tells the parent how far a task is: any number that grows.
using TellProgress = std::function<void(int)>;

/// What a child process says, a line of text at a time.
struct ChildMessage {
  enum class Kind : char { progress = 'p', result = 'r', failure = 'f', unfinished = 'u', interrupted = 'i' };
  Kind kind = Kind::progress;
  std::string text;
};

/// Processes forked from this one, each with one task. They do not survive this object, nor this process.
class ChildProcesses {
 public:
  using Task = std::function<std::string(const TellProgress&)>;
  using OnMessage = std::function<void(int index, const ChildMessage&)>;
  using OnEnd = std::function<void(int index, int wait_status)>;

  ChildProcesses() = default;
  ~ChildProcesses();
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;

  /// Starts a process that sends the task's text as its result, or why there is none. `index` stands for it from now
  /// on. Throws std::runtime_error if there can be no more processes.
  void start(int index, const Task& task);

  [[nodiscard]] std::size_t running() const { return children_.size(); }

  /// Ends a process by force; its end is told by wait() as that of any other.
  void kill(int index) const;

  /// Waits a moment for news, `milliseconds` at most. Processes that have closed their pipe are reaped.
  void wait(const OnMessage& on_message, const OnEnd& on_end, int milliseconds = 500);

 private:
  struct Child {
    int index;
    pid_t pid;
    LineChannel pipe;
  };

  std::vector<Child> children_;
};

/// Why a process that said nothing came to its end, in words for the user.
[[nodiscard]] std::string describe_end(int wait_status);

/// While it lives, Ctrl-C, SIGTERM and SIGHUP (unless that is ignored) are only noted.
class InterruptHandler {
 public:
  static constexpr std::array<int, 3> signals = {SIGINT, SIGTERM, SIGHUP};

  InterruptHandler();
  ~InterruptHandler();
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;

  [[nodiscard]] static bool interrupted();

 private:
  std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace ringtail
