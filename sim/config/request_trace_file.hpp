#pragma once

#include <filesystem>

#include "config/deployment.hpp"
#include "config/diagnostics.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// Reads the file that decode.context.trace names, if it is given; its path is relative to `folder`. A file that cannot
/// be read, is too large, or is not a trace of requests (request_trace.hpp) is a mistake.
void read_request_trace_file(Deployment& deployment, const std::filesystem::path& folder, const SourceMap& sources,
                             Diagnostics& diagnostics);

}  // namespace ringtail
