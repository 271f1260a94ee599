#include <fmt/format.h>

#include "cli/commands.hpp"
#include "config/text.hpp"
#include "results/result_keys.hpp"

namespace ringtail {

ExitCode run_explain(const CommandLine& line) {
  if (const auto text = explain_result_key(line.explain)) return write_result(*text, ExitCode::ok);
  fmt::print(stderr, "--explain: error: no key {} in results\nhelp: {}\n", in_quotes(line.explain),
             similar_result_keys(line.explain));
  return ExitCode::bad_input;
}

}  // namespace ringtail
