#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/deployment.hpp"
#include "config/diagnostics.hpp"
#include "config/source_map.hpp"

namespace ringtail {

/// What a rule needs: the deployment, which fields of it were read well, and where to report.
struct CheckContext {
  const Deployment& deployment;
  const SourceMap& sources;
  const Diagnostics read;  ///< The state before the rules: one rule's error does not silence the next.
  Diagnostics& diagnostics;

  [[nodiscard]] bool sound(std::initializer_list<std::string_view> paths) const {
    return std::all_of(paths.begin(), paths.end(), [&](std::string_view path) { return read.sound(path); });
  }

  /// `others` are the fields that this one disagrees with; those given in another line are shown too.
  void error(std::string_view path, std::string message, std::string help = {},
             const std::vector<std::string>& others = {}) const {
    diagnostics.error(sources.find(path), path, std::move(message), std::move(help), sources.notes(path, others));
  }
};

}  // namespace ringtail
