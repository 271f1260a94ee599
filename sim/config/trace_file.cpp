#include "config/trace_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/count_text.hpp"
#include "config/text.hpp"

namespace ringtail {
namespace {

std::optional<std::string> content_of(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;  // a device may not end
  std::ifstream stream(path, std::ios::binary);
  if (!stream.is_open()) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> arrays_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".npy") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

TraceRead read_trace(const std::filesystem::path& path, int experts_per_token) {
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  const std::vector<std::filesystem::path> paths = is_folder ? arrays_in(path) : std::vector{path};
  if (paths.empty()) return {.trace = {}, .error = "the folder has no .npy files"};
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& each : paths) {
    auto content = content_of(each);
    if (!content) return {.trace = {}, .error = fmt::format("cannot be read at {}", each.string())};
    files.emplace_back(each.stem().string(), std::move(*content));
  }
  if (is_folder || files.front().second.starts_with("\x93NUMPY")) return read_trace_npy(files);
  return read_trace_csv(files.front().second, experts_per_token);
}

void read_trace_file(Deployment& deployment, const std::filesystem::path& folder, const SourceMap& sources,
                     Diagnostics& diagnostics) {
  const std::string field = "routing.trace";
  const auto& moe = deployment.model.moe;
  if (!deployment.routing.trace || !diagnostics.sound(field)) return;
  TraceFile& file = *deployment.routing.trace;
  const auto report = [&](const std::string& message, const std::string& help = {},
                          const std::vector<std::string>& others = {}) {
    diagnostics.error(sources.find(field), field, fmt::format("{}: {}", in_quotes(file.file), message), help,
                      sources.notes(field, others));
  };
  TraceRead read = read_trace(folder / file.file, moe ? moe->experts_per_token : 0);
  if (!read.error.empty()) return report(printable(read.error));
  const RoutingTrace& trace = read.trace;
  if (moe && diagnostics.sound("model")) {
    if (trace.layers != deployment.model.moe_layers() || trace.experts_per_token != moe->experts_per_token)
      return report(fmt::format("has {} with {} per token, the model {} with {}", count_text(trace.layers, "layer"),
                                count_text(trace.experts_per_token, "expert"), deployment.model.moe_layers(),
                                moe->experts_per_token),
                    "a trace is replayed by the model that it was recorded of", {"model.moe.experts_per_token"});
    if (trace.experts > moe->experts)
      return report(fmt::format("chooses expert {}, the model has {}", trace.experts - 1, moe->experts), {},
                    {"model.moe.experts"});
  }
  file.trace = std::make_shared<const RoutingTrace>(std::move(read.trace));
}

}  // namespace ringtail
