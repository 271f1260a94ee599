#pragma once

#include "cli/options.hpp"
#include "config/load.hpp"

namespace ringtail {

/// Whether --model or --platform is the path of a file, seen from the current folder, rather than a name.
[[nodiscard]] bool is_path(const std::string& name);

/// --model, --platform and --context as a deployment on one GPU, whose layout is not chosen yet.
[[nodiscard]] LoadResult load_named_parts(const CommandLine& line);

}  // namespace ringtail
