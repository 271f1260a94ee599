#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/write_file.hpp"
#include "config/catalog.hpp"
#include "report/data.hpp"
#include "report/figures.hpp"
#include "report/page.hpp"

namespace ringtail {
namespace {

ExitCode refuse(const std::string& message, ExitCode code) {
  fmt::print(stderr, "{}", message);
  return code;
}

/// Beside the first input, with the same name.
std::filesystem::path output_of(const ReportOptions& options) {
  if (!options.output.empty()) return options.output;
  const auto input = options.inputs.front().lexically_normal();
  const auto name = (input.filename().empty() ? input.parent_path() : input).filename();
  return std::filesystem::path(name).replace_extension(".html");
}

}  // namespace

ExitCode run_report(const CommandLine& line) {
  ReportData data;
  std::string mistakes;
  for (const auto& input : line.report.inputs) mistakes += data.add(input);
  if (!mistakes.empty()) return refuse(mistakes, ExitCode::bad_input);
  const Page page = report_page(data.json(), data_directory() / "report");
  if (!page.error.empty()) return refuse(page.error, ExitCode::failure);
  const auto output = output_of(line.report);
  for (const auto& input : line.report.inputs)
    if (is_same_file(output, input))
      return refuse(fmt::format("{}: error: is what the report is made of\n", output.string()), ExitCode::bad_input);
  const std::string failure = write_file(output, page.html, true);
  if (!failure.empty()) return refuse(fmt::format("{}: error: {}\n", output.string(), failure), ExitCode::bad_input);
  if (line.verbosity != Verbosity::quiet)
    fmt::print(stderr, "{}: {:.2f} MB\n", output.string(), static_cast<double>(page.html.size()) / 1e6);
  if (line.report.figures.empty()) return ExitCode::ok;
  const std::string mistake = write_figures(output, line.report.figures);
  return mistake.empty() ? ExitCode::ok : refuse(mistake, ExitCode::failure);
}

}  // namespace ringtail
