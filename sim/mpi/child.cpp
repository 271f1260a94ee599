#include "mpi/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace ringtail {
namespace {

/// Starts `command` with one end of a socket where it looks for it; gives its process and the other end. posix_spawn,
/// as a fork of a process that uses MPI may be unsafe (registered memory).
std::pair<pid_t, int> spawn(const std::vector<std::string>& command, Child::Through through) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error(std::string("cannot make a socket: ") + std::strerror(errno));
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (through == Child::Through::three) {
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
  } else {
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  }
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error == 0) return {pid, ends[0]};
  ::close(ends[0]);
  throw std::runtime_error("cannot start " + command[0] + ": " + std::strerror(error));
}

}  // namespace

Child::Child(const std::vector<std::string>& command, Through through) : pid_(0), channel_(-1, -1) {
  const auto [pid, end] = spawn(command, through);
  pid_ = pid;
  channel_ = LineChannel(end, end);
}

Child::~Child() {
  ::close(channel_.input());
  if (pid_ == 0) return;
  ::kill(pid_, SIGTERM);
  wait();
}

int Child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return status;
}

}  // namespace ringtail
