#pragma once

#include <filesystem>
#include <string>

#include "tune/tune.hpp"

namespace ringtail {

/// For people: the winner with what ties, the front, and what was searched. `file` is named in the command that
/// repeats the winner.
[[nodiscard]] std::string tune_text(const Tuning& tuning, const std::filesystem::path& file);

/// For programs (docs/tune.md lists the keys). Ends in a line feed.
[[nodiscard]] std::string tune_json(const Tuning& tuning);

/// Every brief simulation, a row each.
[[nodiscard]] std::string tune_csv(const Tuning& tuning);

}  // namespace ringtail
