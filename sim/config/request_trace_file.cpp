#include "config/request_trace_file.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "config/text.hpp"
#include "decode/request_trace.hpp"

namespace ringtail {

void read_request_trace_file(Deployment& deployment, const std::filesystem::path& folder, const SourceMap& sources,
                             Diagnostics& diagnostics) {
  constexpr std::uintmax_t largest = 1000000000;
  const std::string field = "decode.context.trace";
  if (deployment.decode.context.kind != ContextLengths::Kind::trace || !diagnostics.sound(field)) return;
  RequestTrace& trace = deployment.decode.context.trace;
  const auto report = [&](const std::string& message, const std::string& help = {}) {
    diagnostics.error(sources.find(field + ".file"), field + ".file",
                      fmt::format("{}: {}", in_quotes(trace.file), message), help);
  };
  if (trace.input.empty() != trace.output.empty())
    return diagnostics.error(sources.find(field), field, "decode.context.trace: input and output name columns together",
                             fmt::format("name both, or neither if the file has {}", known_trace_columns()));
  std::error_code ignored;
  const std::filesystem::path path = folder / trace.file;
  std::ifstream stream;
  if (std::filesystem::is_regular_file(path, ignored)) stream.open(path, std::ios::binary);  // a device may not end
  if (!stream.is_open())
    return report("cannot be read", fmt::format("the file is looked for at {}", printable(path.string())));
  if (std::filesystem::file_size(path, ignored) > largest)
    return report("has more than 1 GB, which is too much for a table of lengths",
                  "a sample of some 100000 requests gives the same distribution");
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  RequestTraceText read = read_request_trace(text, trace.input, trace.output);
  if (!read.error.empty()) return report(printable(read.error));
  trace.requests = std::move(read.requests);
}

}  // namespace ringtail
