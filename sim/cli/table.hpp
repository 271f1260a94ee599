#pragma once

#include <string>
#include <vector>

namespace ringtail {

/// Rows of equally many cells as text in columns two spaces apart: the first column to the left, the others to the
/// right.
[[nodiscard]] std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace ringtail
