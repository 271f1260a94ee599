#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/pending_files.hpp"
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

/// What may stand in the way of the folder for figures; empty if nothing does.
std::string obstacle_to(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_directory(folder, error))
    return fmt::format("{}: error: is not a folder for figures\n", folder.string());
  return {};
}

ExitCode refuse(const PendingFiles::Failure& failure) {
  return refuse(fmt::format("{}: error: {}\n", failure.file.string(), failure.why), ExitCode::bad_input);
}

/// Draws the charts and writes them beside the page.
ExitCode add_figures(const std::string& html, const std::filesystem::path& folder, PendingFiles& files) {
  const DrawnFigures drawn = draw_figures(html);
  if (!drawn.error.empty()) return refuse(drawn.error, ExitCode::failure);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return refuse(fmt::format("{}: error: cannot be made: {}\n", folder.string(), error.message()),
                  ExitCode::bad_input);
  for (const Figure& figure : drawn.figures) {
    files.add(folder / (figure.name + ".svg")).write(figure.svg);
    files.add(folder / (figure.name + ".pdf")).write(figure.pdf);
  }
  return ExitCode::ok;
}

}  // namespace

ExitCode run_report(const CommandLine& line) {
  ReportData data;
  std::string mistakes;
  for (const auto& input : line.report.inputs) mistakes += data.add(input);
  const auto output = output_of(line.report);
  for (const auto& input : line.report.inputs)
    if (is_same_file(output, input))
      mistakes += fmt::format("{}: error: is what the report is made of\n", output.string());
  if (!line.report.figures.empty()) mistakes += obstacle_to(line.report.figures);
  if (!mistakes.empty()) return refuse(mistakes, ExitCode::bad_input);
  const Page page = report_page(data.json(), data_directory() / "report");
  if (!page.error.empty()) return refuse(page.error, ExitCode::failure);
  PendingFiles files;
  files.add(output).write(page.html);
  if (const auto failure = files.failure()) return refuse(*failure);
  if (!line.report.figures.empty())
    if (const ExitCode code = add_figures(page.html, line.report.figures, files); code != ExitCode::ok) return code;
  if (const auto failure = files.put()) return refuse(*failure);
  if (line.verbosity != Verbosity::quiet)
    fmt::print(stderr, "{}: {:.2f} MB\n", output.string(), static_cast<double>(page.html.size()) / 1e6);
  return ExitCode::ok;
}

}  // namespace ringtail
