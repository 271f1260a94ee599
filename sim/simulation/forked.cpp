#include "simulation/forked.hpp"

namespace ringtail {
namespace {

/// Turns a signal into an end, so that children are ended, and files and the terminal left in order.
void check_interrupt() {
  if (InterruptHandler::interrupted()) throw TaskFailed(ExitCode::interrupted, "interrupted");
}

}  // namespace

std::vector<std::string> run_forked(int tasks, int jobs,
                                    const std::function<std::string(int, const TellProgress&)>& task,
                                    const std::function<void(const std::vector<int>&)>& on_progress) {
  using Kind = ChildMessage::Kind;
  std::vector<std::string> results(static_cast<std::size_t>(tasks));
  std::vector<bool> have(static_cast<std::size_t>(tasks));
  std::vector<int> told(static_cast<std::size_t>(tasks));
  const auto on_message = [&](int index, const ChildMessage& message) {
    const auto i = static_cast<std::size_t>(index);
    switch (message.kind) {
      case Kind::progress: told[i] = std::stoi(message.text); break;
      case Kind::result:
        results[i] = message.text;
        have[i] = true;
        break;
      case Kind::failure: throw TaskFailed(ExitCode::failure, message.text);
      case Kind::unfinished: throw TaskFailed(ExitCode::unfinished, message.text);
      case Kind::interrupted: throw TaskFailed(ExitCode::interrupted, message.text);
    }
  };
  const auto on_end = [&](int index, int status) {
    check_interrupt();
    if (!have[static_cast<std::size_t>(index)]) throw TaskFailed(ExitCode::failure, describe_end(status));
  };

  const InterruptHandler handler;
  ChildProcesses children;
  int started = 0;
  while (started < tasks || children.running() > 0) {
    for (; started < tasks && static_cast<int>(children.running()) < jobs; ++started)
      children.start(started, [&task, started](const TellProgress& tell) { return task(started, tell); });
    children.wait(on_message, on_end);
    check_interrupt();
    on_progress(told);
  }
  return results;
}

}  // namespace ringtail
