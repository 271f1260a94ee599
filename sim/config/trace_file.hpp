#pragma once

#include <filesystem>

#include "config/deployment.hpp"
#include "config/diagnostics.hpp"
#include "config/source_map.hpp"
#include "routing/trace_reader.hpp"

namespace ringtail {

/// Reads a trace of a file, in CSV or .npy, or of all .npy files of a folder, in the order of their names, one per
/// sequence. `experts_per_token` as in read_trace_csv.
[[nodiscard]] TraceRead read_trace(const std::filesystem::path& path, int experts_per_token);

/// Reads what routing.trace names, if it is given; its path is relative to `folder`. What cannot be read, or does not
/// have the model's layers, experts per token and experts, is a mistake.
void read_trace_file(Deployment& deployment, const std::filesystem::path& folder, const SourceMap& sources,
                     Diagnostics& diagnostics);

}  // namespace ringtail
