#pragma once

#include <string>

#include "config/field.hpp"

namespace ringtail {

/// The table of keys of a type of YAML file: deployment, model, platform, runtime or study.
[[nodiscard]] TypeInfo file_type(const std::string& name);

}  // namespace ringtail
