#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "config/source_map.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {

/// A deployment without mistakes and its batch.
struct Loaded {
  Deployment deployment;
  BatchPlan plan;
  SourceMap sources;  ///< Where its fields were given.
};

/// None if mistakes were printed.
[[nodiscard]] std::optional<Loaded> load(const std::filesystem::path& file, const std::vector<std::string>& overrides);

/// Replications to simulate at the same time.
[[nodiscard]] int jobs_of(const CommandLine& line);

}  // namespace ringtail
