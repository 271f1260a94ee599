#include <spdlog/spdlog.h>

#include <new>

#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace ringtail {
namespace {

int run(const CommandLine& line) {
  switch (line.command) {
    case Command::simulate: return static_cast<int>(line.explain.empty() ? run_simulate(line) : run_explain(line));
    case Command::check: return static_cast<int>(run_check(line));
    case Command::list: return static_cast<int>(run_list(line));
    case Command::schema: return static_cast<int>(run_schema(line));
    case Command::init: return static_cast<int>(run_init(line));
    case Command::traffic: return static_cast<int>(run_traffic(line));
    case Command::diff: return static_cast<int>(run_diff(line));
    case Command::compare: return static_cast<int>(run_compare(line));
    case Command::paper: return static_cast<int>(run_paper(line));
    case Command::qs: return static_cast<int>(run_qs(line));
    case Command::tune: return static_cast<int>(run_tune(line));
    case Command::routing: return static_cast<int>(run_routing(line));
    case Command::routing_fit: return static_cast<int>(run_routing_fit(line));
    case Command::validate: return static_cast<int>(run_validate(line));
    case Command::sweep: return static_cast<int>(run_sweep(line));
    case Command::worker: return static_cast<int>(run_worker(line));
    case Command::merge: return static_cast<int>(run_merge(line));
    case Command::report: return static_cast<int>(run_report(line));
    case Command::import_model: return static_cast<int>(run_import(line));
    case Command::reference: return static_cast<int>(run_reference(line));
    case Command::completion: return static_cast<int>(run_completion(line));
    case Command::man: return static_cast<int>(run_man(line));
    case Command::none: break;
  }
  return line.exit_code;
}

}  // namespace
}  // namespace ringtail

int main(int argc, char** argv) {
  using namespace ringtail;
  try {
    const CommandLine line = parse_command_line(argc, argv);
    set_up_logging(line.verbosity);
    return run(line);
  } catch (const std::bad_alloc&) {
    spdlog::error("out of memory");
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
  }
  return static_cast<int>(ExitCode::failure);
}
