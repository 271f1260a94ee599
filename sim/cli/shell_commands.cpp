#include "cli/command_table.hpp"
#include "cli/commands.hpp"

namespace ringtail {

ExitCode run_completion(const CommandLine& line) {
  const CommandTable table = command_table();
  return write_result(line.what == "zsh" ? zsh_completion(table) : bash_completion(table), ExitCode::ok);
}

ExitCode run_man(const CommandLine& /*line*/) { return write_result(man_page(command_table()), ExitCode::ok); }

}  // namespace ringtail
