#pragma once

#include <string>
#include <string_view>

#include "config/field.hpp"

namespace ringtail {

/// The text for a cell of a Markdown table.
[[nodiscard]] std::string in_cell(std::string_view text);

/// The keys of a type of file as a Markdown table: key, type with unit and range, default, meaning. Sections that have
/// files of their own (models, platforms) are not written out again.
[[nodiscard]] std::string key_markdown(const TypeInfo& type);

}  // namespace ringtail
