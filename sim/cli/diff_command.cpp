#include <fmt/format.h>

#include "cli/commands.hpp"
#include "results/diff.hpp"

namespace ringtail {
namespace {

ReadResult read(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return {std::nullopt, fmt::format("{}: error: cannot be read\n", file.string())};
  return read_result(*text, file.string());
}

}  // namespace

ExitCode run_diff(const CommandLine& line) {
  const ReadResult a = read(line.file);
  const ReadResult b = read(line.other_file);
  if (!a.result || !b.result) {
    fmt::print(stderr, "{}{}", a.error, b.error);
    return ExitCode::bad_input;
  }
  const Difference difference = diff(*a.result, *b.result);
  return write_result(line.format == OutputFormat::json ? to_json(difference, *a.result, *b.result)
                                                        : to_text(difference, *a.result, *b.result),
                      ExitCode::ok);
}

}  // namespace ringtail
