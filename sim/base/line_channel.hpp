#pragma once

#include <functional>
#include <string>

namespace ringtail {

/// Lines of text through file descriptors, which it does not own.
class LineChannel {
 public:
  LineChannel(int input, int output) : input_(input), output_(output) {}

  [[nodiscard]] int input() const { return input_; }

  /// Waits for bytes, and hands over each line that they complete, without its end. False if there will be no more.
  bool receive(const std::function<void(const std::string&)>& on_line);

  /// Writes a line, of which the text has none of its own. False if nobody reads any more, where
  /// SIGPIPE is ignored.
  [[nodiscard]] bool send(const std::string& text) const;

 private:
  int input_;
  int output_;
  std::string buffer_;  ///< Received and not yet a whole line.
};

}  // namespace ringtail
