#pragma once

#include <string>

#include "base/exit_code.hpp"
#include "cli/options.hpp"

namespace ringtail {

/// Log lines go to stderr; stdout is for results.
void set_up_logging(Verbosity verbosity);

/// What to do where the numbers of steps and replications must be known beforehand.
inline constexpr const char* fixed_run_help = "give run.warmup a number, and remove run.precision";

ExitCode run_simulate(const CommandLine& line);
ExitCode run_check(const CommandLine& line);
ExitCode run_list(const CommandLine& line);
ExitCode run_schema(const CommandLine& line);
ExitCode run_init(const CommandLine& line);
ExitCode run_traffic(const CommandLine& line);
ExitCode run_diff(const CommandLine& line);
ExitCode run_compare(const CommandLine& line);
ExitCode run_paper(const CommandLine& line);
ExitCode run_qs(const CommandLine& line);
ExitCode run_tune(const CommandLine& line);
ExitCode run_routing(const CommandLine& line);
ExitCode run_routing_fit(const CommandLine& line);
ExitCode run_validate(const CommandLine& line);
ExitCode run_sweep(const CommandLine& line);
ExitCode run_worker(const CommandLine& line);
ExitCode run_merge(const CommandLine& line);
ExitCode run_report(const CommandLine& line);
ExitCode run_import(const CommandLine& line);
ExitCode run_reference(const CommandLine& line);
ExitCode run_explain(const CommandLine& line);
ExitCode run_completion(const CommandLine& line);
ExitCode run_man(const CommandLine& line);

/// The bytes of a file; nothing if it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& file);

/// Writes a result to stdout. A result that could not be written is a failure, not a success.
ExitCode write_result(const std::string& text, ExitCode code);

}  // namespace ringtail
