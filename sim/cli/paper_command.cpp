#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/loaded.hpp"
#include "cli/progress_line.hpp"
#include "cli/report_format.hpp"
#include "config/catalog.hpp"
#include "paper/paper_report.hpp"
#include "simulation/forked.hpp"

namespace ringtail {
namespace {

/// The tables that were asked for, all if none; nothing if mistakes were printed.
std::vector<ReferenceTable> chosen_tables(const CommandLine& line) {
  ReferenceTables loaded = load_reference_tables(reference_directory(data_directory()));
  fmt::print(stderr, "{}", loaded.errors);
  std::vector<int> numbers;
  for (const ReferenceTable& table : loaded.tables) numbers.push_back(table.number);
  for (const int wanted : line.tables) {
    if (numbers.empty() || std::find(numbers.begin(), numbers.end(), wanted) != numbers.end()) continue;
    fmt::print(stderr, "--table: error: there is no table {}\nhelp: there are {}\n", wanted, fmt::join(numbers, ", "));
    return {};
  }
  std::erase_if(loaded.tables, [&](const ReferenceTable& table) {
    return !line.tables.empty() && std::find(line.tables.begin(), line.tables.end(), table.number) == line.tables.end();
  });
  return std::move(loaded.tables);
}

}  // namespace

ExitCode run_paper(const CommandLine& line) {
  const std::vector<ReferenceTable> tables = chosen_tables(line);
  if (tables.empty()) return ExitCode::bad_input;
  ProgressLines progress(line.verbosity != Verbosity::quiet);
  PaperOptions options{.data = data_directory(),
                       .overrides = line.overrides,
                       .simulates = !line.closed_form_only,
                       .jobs = jobs_of(line)};
  options.on_progress = [&](const std::string& what, const StepProgress& steps) { progress.show(what, steps); };
  try {
    const std::vector<ReproducedTable> reproduced = reproduce(tables, options);
    progress.end();
    return write_result(report(reproduced, report_format(line.format)), ExitCode::ok);
  } catch (const ReferenceError& error) {
    fmt::print(stderr, "{}", error.what());
    return ExitCode::bad_input;
  } catch (const TaskFailed& error) {
    spdlog::error("{}", error.what());
    return error.code();
  }
}

}  // namespace ringtail
