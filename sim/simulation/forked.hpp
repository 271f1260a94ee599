#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/exit_code.hpp"
#include "simulation/child_processes.hpp"

namespace ringtail {

/// A forked task failed; what() says why, in words for the user.
class TaskFailed : public std::runtime_error {
 public:
  TaskFailed(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Runs task(i) for i in 0 .. tasks-1, each in a process of its own forked from this one, at most `jobs` at a time, and
/// returns their texts in order, whatever the order of completion. `on_progress` hears every half second or oftener
/// what each task has told last, 0 at first. The first task (in order of completion) that throws or dies ends the
/// others: TaskFailed.
std::vector<std::string> run_forked(int tasks, int jobs,
                                    const std::function<std::string(int, const TellProgress&)>& task,
                                    const std::function<void(const std::vector<int>&)>& on_progress);

}  // namespace ringtail
