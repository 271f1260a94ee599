#pragma once

#include "base/exit_code.hpp"
#include "cli/options.hpp"

namespace ringtail {

/// Log lines go to stderr; stdout is for results.
void set_up_logging(Verbosity verbosity);

ExitCode run_simulate(const CommandLine& line);
ExitCode run_check(const CommandLine& line);
ExitCode run_list(const CommandLine& line);

}  // namespace ringtail
