#pragma once

#include <nlohmann/json.hpp>

#include "config/node.hpp"

namespace ringtail {

/// The tree as JSON: numbers and booleans as such; quantities keep their unit and stay text.
[[nodiscard]] nlohmann::ordered_json to_json(const Node& node);

}  // namespace ringtail
