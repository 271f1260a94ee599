#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <stdexcept>

#include "cli/commands.hpp"
#include "cli/write_file.hpp"
#include "config/trace_file.hpp"
#include "results/fit_results.hpp"

namespace ringtail {
namespace {

ExitCode refuse(const std::filesystem::path& file, const std::string& error) {
  fmt::print(stderr, "{}: error: {}\n", file.string(), error);
  return ExitCode::bad_input;
}

/// Writes FILE.yaml and FILE.counts.csv; returns why that failed.
std::string write_fit(const CommandLine& line, const RoutingFit& fit) {
  std::filesystem::path counts = line.fitted_output;
  counts.replace_extension(".counts.csv");
  const std::string source = line.file.filename().string();
  const std::string error = write_file(counts, fitted_counts_csv(fit, source), line.force);
  if (!error.empty()) return error;
  return write_file(line.fitted_output, fitted_yaml(fit, source, counts.filename().string()), line.force);
}

}  // namespace

ExitCode run_routing_fit(const CommandLine& line) {
  TraceRead read = read_trace(line.file, line.experts_per_token);
  if (!read.error.empty()) return refuse(line.file, read.error);
  if (line.experts > 0 && line.experts < read.trace.experts)
    return refuse(line.file, fmt::format("expert {} is chosen, which --experts {} does not have",
                                         read.trace.experts - 1, line.experts));
  if (line.experts > 0) read.trace.experts = line.experts;
  if (read.trace.experts <= read.trace.experts_per_token)
    return refuse(line.file, fmt::format("tokens choose all {} experts: nothing is left to fit", read.trace.experts));
  try {
    const RoutingFit fit = fit_routing(read.trace);
    if (!line.fitted_output.empty())
      if (const std::string error = write_fit(line, fit); !error.empty()) {
        spdlog::error("{}", error);
        return ExitCode::failure;
      }
    return write_result(line.format == OutputFormat::json ? to_json(fit) : to_text(fit), ExitCode::ok);
  } catch (const std::exception& error) {
    return refuse(line.file, error.what());
  }
}

}  // namespace ringtail
