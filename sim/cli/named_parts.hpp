#pragma once

#include "cli/options.hpp"
#include "config/load.hpp"

namespace ringtail {

/// --model, --platform and --context as a deployment on one GPU, whose layout is not chosen yet.
[[nodiscard]] LoadResult load_named_parts(const CommandLine& line);

}  // namespace ringtail
