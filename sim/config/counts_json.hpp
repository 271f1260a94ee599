#pragma once

#include <string>

#include "routing/expert_counts.hpp"

namespace ringtail {

/// Whether a text is JSON rather than CSV: it begins with a brace or bracket.
[[nodiscard]] bool is_json(const std::string& text);

/// Reads expert counts in JSON: a matrix [layer][expert], as EPLB takes it (`weight` of github.com/deepseek-ai/EPLB),
/// or an object with one under `logical_count` or `weight`. SGLang's expert distribution dumps have `logical_count`
/// (python/sglang/srt/eplb/expert_location.py), which may be [batch][layer][expert]: batches are added up. Values are
/// at least 0, counts or shares. A layer may be without any: SGLang has such rows for layers without experts.
[[nodiscard]] ExpertCounts read_counts_json(const std::string& text);

}  // namespace ringtail
