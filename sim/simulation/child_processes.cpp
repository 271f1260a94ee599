#include "simulation/child_processes.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "base/exit_code.hpp"
#include "engine/engine.hpp"
#include "simulation/forked.hpp"

namespace ringtail {
namespace {

using Kind = ChildMessage::Kind;

void send(int pipe, Kind kind, std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (!LineChannel(-1, pipe).send(static_cast<char>(kind) + text))
    _exit(static_cast<int>(ExitCode::failure));  // The parent is gone.
}

[[noreturn]] void run_child(int pipe, pid_t parent, const ChildProcesses::Task& task) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);                                     // Whatever ends the parent ends its children,
  if (::getppid() != parent) _exit(static_cast<int>(ExitCode::failure));  // also if it has ended already.
  for (const int number : InterruptHandler::signals) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    if (now.sa_handler != SIG_IGN) ::signal(number, SIG_DFL);
  }
  try {
    send(pipe, Kind::result, task([pipe](int n) { send(pipe, Kind::progress, std::to_string(n)); }));
  } catch (const Unfinished& error) {
    send(pipe, Kind::unfinished, error.what());
  } catch (const TaskFailed& error) {
    const Kind kind = error.code() == ExitCode::interrupted  ? Kind::interrupted
                      : error.code() == ExitCode::unfinished ? Kind::unfinished
                                                             : Kind::failure;
    send(pipe, kind, error.what());
  } catch (const std::bad_alloc&) {
    send(pipe, Kind::failure, "out of memory");
  } catch (const std::exception& error) {
    send(pipe, Kind::failure, error.what());
  }
  _exit(0);  // Without tear-down: SimGrid's is not safe after an exception, and costs time.
}

/// Set by a signal while an InterruptHandler lives.
volatile std::sig_atomic_t interrupted_flag = 0;

}  // namespace

ChildProcesses::~ChildProcesses() {
  for (const Child& child : children_) {
    ::kill(child.pid, SIGKILL);
    ::close(child.pipe.input());
    ::waitpid(child.pid, nullptr, 0);
  }
}

void ChildProcesses::start(int index, const Task& task) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int error = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    throw std::runtime_error(fmt::format("cannot fork: {}", std::strerror(error)));
  }
  if (pid == 0) {
    ::close(ends[0]);
    for (const Child& sibling : children_) ::close(sibling.pipe.input());
    run_child(ends[1], parent, task);
  }
  ::close(ends[1]);
  children_.push_back({index, pid, LineChannel(ends[0], -1)});
}

void ChildProcesses::kill(int index) const {
  for (const Child& child : children_)
    if (child.index == index) ::kill(child.pid, SIGKILL);
}

void ChildProcesses::wait(const OnMessage& on_message, const OnEnd& on_end, int milliseconds) {
  std::vector<pollfd> polled;
  for (const Child& child : children_) polled.push_back({child.pipe.input(), POLLIN, 0});
  const int ready = ::poll(polled.data(), polled.size(), milliseconds);
  if (ready < 0 && errno != EINTR) throw std::runtime_error(fmt::format("cannot poll: {}", std::strerror(errno)));
  if (ready <= 0) return;
  for (std::size_t i = children_.size(); i-- > 0;) {
    if (polled[i].revents == 0) continue;
    const int index = children_[i].index;
    const auto tell = [&](const std::string& line) {
      on_message(index, {static_cast<Kind>(line.at(0)), line.substr(1)});
    };
    if (children_[i].pipe.receive(tell)) continue;
    int status = 0;
    ::waitpid(children_[i].pid, &status, 0);
    const Child ended = children_[i];
    ::close(ended.pipe.input());
    children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
    on_end(ended.index, status);
  }
}

std::string describe_end(int wait_status) {
  if (WIFSIGNALED(wait_status))
    return fmt::format("the simulating process was ended by signal {} ({}){}", WTERMSIG(wait_status),
                       ::strsignal(WTERMSIG(wait_status)), WTERMSIG(wait_status) == SIGKILL ? "; out of memory?" : "");
  return "the simulating process ended without a result";
}

InterruptHandler::InterruptHandler() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted_flag = 1; };
  for (std::size_t i = 0; i < signals.size(); ++i) {
    ::sigaction(signals[i], &action, &before_[i]);
    if (signals[i] == SIGHUP && before_[i].sa_handler == SIG_IGN) ::sigaction(SIGHUP, &before_[i], nullptr);  // nohup
  }
}

InterruptHandler::~InterruptHandler() {
  for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
}

bool InterruptHandler::interrupted() { return interrupted_flag != 0; }

}  // namespace ringtail
