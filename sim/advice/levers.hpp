#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulation/result.hpp"

namespace ringtail {

/// hardware: other machines; deployment: the same machines used in another way.
enum class ChangeKind { hardware, deployment };

constexpr std::string_view name_of(ChangeKind kind) { return kind == ChangeKind::hardware ? "hardware" : "deployment"; }

/// One change of a deployment.
struct Change {
  std::string text;              ///< "fabric bandwidth x 2".
  std::vector<std::string> set;  ///< The `--set` arguments that make it: "platform.fabric.bandwidth=100GB/s".
};

/// Something about a deployment that can be changed, and the ways to change it; none where they would change nothing.
/// Ways may be impossible: they go through the checks of deployments like what a user writes.
struct Lever {
  ChangeKind kind;
  std::vector<Change> (*changes)(const Result& base);
};

/// All levers, in the order in which equals are advised.
const std::vector<Lever>& levers();

}  // namespace ringtail
