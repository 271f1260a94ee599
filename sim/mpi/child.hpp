#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/line_channel.hpp"

namespace ringtail {

/// A program that this process talks to in lines of text. It does not survive this object.
class Child {
 public:
  /// Through the program's standard input and output, or through its file descriptor 3.
  enum class Through { standard, three };

  /// Starts it. Throws std::runtime_error if that is impossible.
  Child(const std::vector<std::string>& command, Through through);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] LineChannel& channel() { return channel_; }

  /// Waits for its end, and gives the status of waitpid().
  int wait();

 private:
  pid_t pid_;
  LineChannel channel_;
};

}  // namespace ringtail
