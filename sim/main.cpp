#include "cli/commands.hpp"
#include "cli/options.hpp"

int main(int argc, char** argv) {
  using namespace ringtail;
  const CommandLine line = parse_command_line(argc, argv);
  set_up_logging(line.verbosity);
  switch (line.command) {
    case Command::simulate: return static_cast<int>(run_simulate(line));
    case Command::check: return static_cast<int>(run_check(line));
    case Command::list: return static_cast<int>(run_list(line));
    case Command::traffic: return static_cast<int>(run_traffic(line));
    case Command::none: break;
  }
  return line.exit_code;
}
