#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "results/result_keys.hpp"

namespace ringtail {

/// Whether keys of the table may be missing: results of earlier versions have fewer.
enum class MissingKeys { refused, allowed };

/// Compares JSON with a table of keys: each value must be of its row's unit, numbers below 1e30 and, unless their row
/// says so, not negative; a list called ci95 has two ends in order. Keys that the table does not have are left alone.
/// Returns the first mistake, such as `step.tpot_s is "abc"; it must be a number (s)`; empty if there is none.
[[nodiscard]] std::string wrong_key(const nlohmann::ordered_json& json, const std::vector<ResultKey>& table,
                                    MissingKeys missing);

}  // namespace ringtail
