#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "advice/advice.hpp"
#include "simulation/result.hpp"

namespace ringtail {

/// Raised when a key changes its meaning or goes; new keys leave it.
inline constexpr int result_schema_version = 1;

/// The part of the result that is the same in every run with the same configuration and seed: all keys but `engine`.
nlohmann::ordered_json reproducible_json(const Result& result);

/// The result as JSON, keys as in docs/results.md, doubles with as many digits as bring them back exactly. Everything
/// but `engine` is the same in every run with the same configuration and seed.
std::string to_json(const Result& result, const std::optional<Advice>& advice = std::nullopt);

}  // namespace ringtail
