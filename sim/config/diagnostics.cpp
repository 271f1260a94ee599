#include "config/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace ringtail {

namespace {

/// Whether `path` is `section` or something in it.
bool is_within(std::string_view path, std::string_view section) {
  if (section.empty()) return true;
  if (path.substr(0, section.size()) != section) return false;
  return path.size() == section.size() || path[section.size()] == '.' || path[section.size()] == '[';
}

}  // namespace

void Diagnostics::error(const Node& node, std::string message, std::string help) {
  error(node.at, node.path, std::move(message), std::move(help));
}

void Diagnostics::error(const Location& at, std::string_view path, std::string message, std::string help,
                        std::vector<Note> notes) {
  if (!full()) findings_.push_back({at, std::string(path), std::move(message), std::move(help), std::move(notes)});
}

bool Diagnostics::sound(std::string_view path) const {
  return !full() && std::none_of(findings_.begin(), findings_.end(), [&](const Finding& finding) {
    return is_within(path, finding.path) || is_within(finding.path, path);
  });
}

std::string Diagnostics::render(const SourceMap& sources) const {
  auto sorted = findings_;
  const auto position = [&](const Finding& finding) {
    const Location& at = finding.at;
    const bool is_override = at.source >= 0 && sources.source(at.source).is_override;
    return std::tuple(is_override, at.source, at.line, at.column);  // files first, then the command line
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Finding& a, const Finding& b) { return position(a) < position(b); });
  constexpr std::size_t max_shown = 50;
  const std::size_t shown = std::min(max_shown, sorted.size());
  std::string text;
  for (std::size_t i = 0; i < shown; ++i)
    text += sources.diagnostic_at(sorted[i].at, sorted[i].message, sorted[i].help, sorted[i].notes);
  if (shown < sorted.size())
    text += fmt::format("and {}{} more errors\n", full() ? "at least " : "", sorted.size() - shown);
  return text;
}

}  // namespace ringtail
