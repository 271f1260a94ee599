#include "qs/mistakes.hpp"

#include "config/checks.hpp"

namespace ringtail {

SourceMap no_file() {
  SourceMap sources;
  sources.place("", {sources.add(command_line_source("")), 0, 1, 1});
  return sources;
}

std::string first_message(const std::string& errors) {
  constexpr std::string_view mark = "error: ";
  const auto at = errors.find(mark);
  const auto from = at == std::string::npos ? 0 : at + mark.size();
  return errors.substr(from, errors.find('\n', from) - from);
}

std::string mistakes_of(const Deployment& deployment) {
  const SourceMap sources = no_file();
  Diagnostics diagnostics;
  check_deployment(deployment, sources, diagnostics);
  return diagnostics.empty() ? std::string() : first_message(diagnostics.render(sources));
}

}  // namespace ringtail
