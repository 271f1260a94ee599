#pragma once

#include <filesystem>

#include "config/deployment.hpp"
#include "config/diagnostics.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// Reads the file that routing.popularity names, if it is `counts`; its path is relative to `folder`. A file that
/// cannot be read, or does not have the model's layers and experts, is a mistake.
void read_counts_file(Deployment& deployment, const std::filesystem::path& folder, const SourceMap& sources,
                      Diagnostics& diagnostics);

}  // namespace ringtail
