#include <fmt/format.h>

#include <deque>
#include <vector>

#include "cli/commands.hpp"
#include "cli/pending_file.hpp"
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

/// Files that appear all together, when each has been written.
class PendingFiles {
 public:
  void add(const std::filesystem::path& file, const std::string& text) {
    names_.push_back(file);
    files_.emplace_back(file, true).write(text);
  }

  /// Why one could not be written; empty if they all are there.
  [[nodiscard]] std::string put() {
    if (const std::string error = first_error(); !error.empty()) return error;
    for (PendingFile& file : files_) file.put();
    return first_error();
  }

  [[nodiscard]] std::string first_error() const {
    for (std::size_t i = 0; i < files_.size(); ++i)
      if (!files_[i].error().empty()) return fmt::format("{}: error: {}\n", names_[i].string(), files_[i].error());
    return {};
  }

 private:
  std::vector<std::filesystem::path> names_;
  std::deque<PendingFile> files_;
};

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
    files.add(folder / (figure.name + ".svg"), figure.svg);
    files.add(folder / (figure.name + ".pdf"), figure.pdf);
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
  files.add(output, page.html);
  if (const std::string error = files.first_error(); !error.empty()) return refuse(error, ExitCode::bad_input);
  if (!line.report.figures.empty())
    if (const ExitCode code = add_figures(page.html, line.report.figures, files); code != ExitCode::ok) return code;
  if (const std::string error = files.put(); !error.empty()) return refuse(error, ExitCode::bad_input);
  if (line.verbosity != Verbosity::quiet)
    fmt::print(stderr, "{}: {:.2f} MB\n", output.string(), static_cast<double>(page.html.size()) / 1e6);
  return ExitCode::ok;
}

}  // namespace ringtail
