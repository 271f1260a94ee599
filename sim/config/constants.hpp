#pragma once

#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "platform/platform.hpp"

namespace ringtail {

/// A figure of a platform and how it is known.
struct Constant {
  std::string key;                 ///< "gpu.hbm.bandwidth".
  std::string value;               ///< As in YAML: "3.35 TB/s".
  const Provenance* provenance{};  ///< Of the longest key that names it or a section with it; nullptr if there is none.
};

/// All figures of a platform in the order of its YAML, of defaults too. They point into it.
[[nodiscard]] std::vector<Constant> constants_of(const Platform& platform);

/// Whether any figure of the kernels is fitted: else nobody has held the platform against measurements.
[[nodiscard]] bool is_calibrated(const Platform& platform);

[[nodiscard]] std::string_view name_of(ConstantKind kind);

/// "median 4.9 %, p90 24.8 %", or nothing.
[[nodiscard]] std::string error_text(const Provenance& provenance);

/// Reports keys that name no figure and no section. `prefix` is that of the platform's paths: "platform.".
void check_provenance(const Platform& platform, std::string_view prefix, const SourceMap& sources,
                      Diagnostics& diagnostics);

}  // namespace ringtail
