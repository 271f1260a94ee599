#pragma once

#include <string>

#include "config/field.hpp"

namespace ringtail {

/// The files of one type as JSON Schema, draft-07 (https://json-schema.org/draft-07/schema), made from its field table:
/// keys, types, ranges, units as patterns, words, defaults, help. What needs several fields or files at once (layouts,
/// keys that only some topologies have, names that exist) is not in it: whatever Ringtail accepts the schema accepts,
/// not the other way around. JSON text with a newline at its end.
[[nodiscard]] std::string json_schema(const TypeInfo& type, const std::string& title);

/// The same table for people: each key with its type, default and help.
[[nodiscard]] std::string key_table(const TypeInfo& type);

}  // namespace ringtail
