#pragma once

#include <string>

#include "qs/qs_study.hpp"

namespace ringtail {

/// A study as JSON (docs/qs.md lists the keys).
[[nodiscard]] std::string to_json(const QsStudy& study);

}  // namespace ringtail
