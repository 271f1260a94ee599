#pragma once

#include <vector>

#include "results/result_keys.hpp"

namespace ringtail {

/// The keys that reports show of what `compare`, `compare --ladder` and `qs` print in JSON; those of results are in
/// result_keys().
[[nodiscard]] const std::vector<ResultKey>& comparison_keys();
[[nodiscard]] const std::vector<ResultKey>& ladder_keys();
[[nodiscard]] const std::vector<ResultKey>& qs_keys();

}  // namespace ringtail
