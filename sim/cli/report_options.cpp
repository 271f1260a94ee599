#include "cli/report_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/option_groups.hpp"

namespace ringtail {

void add_report(CLI::App& app, CommandLine& line) {
  auto* report =
      app.add_subcommand("report", "Make one page of HTML from results: charts to look at (docs/reports.md)");
  report
      ->add_option("INPUT", line.report.inputs,
                   "Results of simulate (--format json --detail), of compare, compare --ladder and qs (--format json), "
                   "or of a sweep (its folder, or the study)")
      ->required();
  report->add_option("-o,--output", line.report.output, "File to write; the first input's name with .html if not given")
      ->type_name("FILE.html");
  report
      ->add_option("--figures", line.report.figures,
                   "Also write each chart as SVG and PDF (needs chromium and rsvg-convert)")
      ->type_name("DIR");
  add_verbosity(*report, line);
  report->callback([&line] { line.command = Command::report; });
}

}  // namespace ringtail
