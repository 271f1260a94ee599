#pragma once

#include <string>

#include "compare/report.hpp"
#include "qs/qs_study.hpp"

namespace ringtail {

/// A study for people, or for programs (docs/qs.md lists the columns and keys).
[[nodiscard]] std::string report(const QsStudy& study, ReportFormat format);

}  // namespace ringtail
