#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace ringtail {

/// What the table of keys cannot say of a result's `detail`, whose values are of the right types: tables have a row or
/// column for each layer, GPU and state, slices lie in their layer, and indices are of something. Returns the first
/// mistake; empty if there is none.
[[nodiscard]] std::string wrong_detail(const nlohmann::ordered_json& detail);

}  // namespace ringtail
