#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "stats/confidence.hpp"

namespace ringtail {

template <class Value>
[[nodiscard]] nlohmann::ordered_json or_null(const std::optional<Value>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

/// [low, high] or null.
[[nodiscard]] inline nlohmann::ordered_json interval_json(const std::optional<Interval>& interval) {
  return interval ? nlohmann::ordered_json::array({interval->low, interval->high}) : nlohmann::ordered_json(nullptr);
}

}  // namespace ringtail
