#pragma once

#include <nlohmann/json.hpp>

#include "timeline/detail.hpp"

namespace ringtail {

/// What `--detail` adds to a result: keys as in docs/results.md, times rounded to nanoseconds.
[[nodiscard]] nlohmann::ordered_json detail_json(const Detail& detail);

}  // namespace ringtail
