#include "simulation/forked.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "engine/engine.hpp"

namespace ringtail {
namespace {

/// Messages from a child: a kind and a line of text.
enum class Kind : char { progress = 'p', result = 'r', failure = 'f', unfinished = 'u' };

void send(int pipe, Kind kind, std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  const std::string line = static_cast<char>(kind) + text + '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t written = ::write(pipe, line.data() + done, line.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(static_cast<int>(ExitCode::failure));  // The parent is gone.
    done += static_cast<std::size_t>(written);
  }
}

[[noreturn]] void run_child(int pipe, int index, const std::function<std::string(int, const TellProgress&)>& task) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Whatever ends the parent ends its children.
  ::signal(SIGINT, SIG_DFL);
  try {
    send(pipe, Kind::result, task(index, [pipe](int n) { send(pipe, Kind::progress, std::to_string(n)); }));
  } catch (const Unfinished& error) {
    send(pipe, Kind::unfinished, error.what());
  } catch (const std::bad_alloc&) {
    send(pipe, Kind::failure, "out of memory");
  } catch (const std::exception& error) {
    send(pipe, Kind::failure, error.what());
  }
  _exit(0);  // Without tear-down: SimGrid's is not safe after an exception, and costs time.
}

struct Child {
  int index;
  pid_t pid;
  int pipe;
  std::string buffer;  ///< Received and not yet a whole line.
};

class Children {
 public:
  ~Children() {
    for (const Child& child : children_) {
      ::kill(child.pid, SIGKILL);
      ::close(child.pipe);
      ::waitpid(child.pid, nullptr, 0);
    }
  }

  void start(int index, const std::function<std::string(int, const TellProgress&)>& task) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) {
      const int error = errno;
      ::close(ends[0]);
      ::close(ends[1]);
      throw std::runtime_error(fmt::format("cannot fork: {}", std::strerror(error)));
    }
    if (pid == 0) {
      ::close(ends[0]);
      for (const Child& sibling : children_) ::close(sibling.pipe);
      run_child(ends[1], index, task);
    }
    ::close(ends[1]);
    children_.push_back({index, pid, ends[0], {}});
  }

  [[nodiscard]] std::size_t running() const { return children_.size(); }

  /// Waits a moment for news and hands each line to `on_line(index, line)`; children that have closed their pipe are
  /// reaped, and `on_end(index, wait status)` is told.
  template <class OnLine, class OnEnd>
  void wait(const OnLine& on_line, const OnEnd& on_end) {
    std::vector<pollfd> polled;
    for (const Child& child : children_) polled.push_back({child.pipe, POLLIN, 0});
    const int ready = ::poll(polled.data(), polled.size(), 500);
    if (ready < 0 && errno != EINTR) throw std::runtime_error(fmt::format("cannot poll: {}", std::strerror(errno)));
    if (ready <= 0) return;
    for (std::size_t i = children_.size(); i-- > 0;) {
      if (polled[i].revents == 0) continue;
      if (read_lines(children_[i], on_line)) continue;
      int status = 0;
      ::waitpid(children_[i].pid, &status, 0);
      const Child ended = children_[i];
      ::close(ended.pipe);
      children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
      on_end(ended.index, status);
    }
  }

 private:
  /// False when the pipe is closed.
  template <class OnLine>
  static bool read_lines(Child& child, const OnLine& on_line) {
    char bytes[65536];
    const ssize_t count = ::read(child.pipe, bytes, sizeof bytes);
    if (count < 0) return errno == EINTR;
    if (count == 0) return false;
    child.buffer.append(bytes, static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end; (end = child.buffer.find('\n', begin)) != std::string::npos; begin = end + 1)
      on_line(child.index, child.buffer.substr(begin, end - begin));
    child.buffer.erase(0, begin);
    return true;
  }

  std::vector<Child> children_;
};

/// Set by Ctrl-C while tasks run.
volatile std::sig_atomic_t interrupted = 0;

/// Turns Ctrl-C into TaskFailed, so that children are ended and the terminal is left in order.
class InterruptHandler {
 public:
  InterruptHandler() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    ::sigaction(SIGINT, &action, &before_);
  }
  ~InterruptHandler() { ::sigaction(SIGINT, &before_, nullptr); }
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;

  static void check() {
    if (interrupted != 0) throw TaskFailed(ExitCode::interrupted, "interrupted");
  }

 private:
  struct sigaction before_ {};
};

std::string describe_end(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("the simulating process was ended by signal {} ({}){}", WTERMSIG(status),
                       ::strsignal(WTERMSIG(status)), WTERMSIG(status) == SIGKILL ? "; out of memory?" : "");
  return "the simulating process ended without a result";
}

}  // namespace

std::vector<std::string> run_forked(int tasks, int jobs,
                                    const std::function<std::string(int, const TellProgress&)>& task,
                                    const std::function<void(const std::vector<int>&)>& on_progress) {
  std::vector<std::string> results(static_cast<std::size_t>(tasks));
  std::vector<bool> have(static_cast<std::size_t>(tasks));
  std::vector<int> told(static_cast<std::size_t>(tasks));
  const auto on_line = [&](int index, const std::string& line) {
    const std::string text = line.substr(1);
    switch (static_cast<Kind>(line.front())) {
      case Kind::progress: told[static_cast<std::size_t>(index)] = std::stoi(text); break;
      case Kind::result:
        results[static_cast<std::size_t>(index)] = text;
        have[static_cast<std::size_t>(index)] = true;
        break;
      case Kind::failure: throw TaskFailed(ExitCode::failure, text);
      case Kind::unfinished: throw TaskFailed(ExitCode::unfinished, text);
    }
  };
  const auto on_end = [&](int index, int status) {
    InterruptHandler::check();
    if (!have[static_cast<std::size_t>(index)]) throw TaskFailed(ExitCode::failure, describe_end(status));
  };

  const InterruptHandler handler;
  Children children;
  int started = 0;
  while (started < tasks || children.running() > 0) {
    while (started < tasks && static_cast<int>(children.running()) < jobs) children.start(started++, task);
    children.wait(on_line, on_end);
    InterruptHandler::check();
    on_progress(told);
  }
  return results;
}

}  // namespace ringtail
