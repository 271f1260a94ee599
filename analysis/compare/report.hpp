#pragma once

#include <string>

#include "compare/compare.hpp"

/// Comparisons as text; docs/closed-form.md lists the columns and keys.
namespace ringtail {

enum class ReportFormat { text, json, csv, markdown };

[[nodiscard]] std::string report(const Comparison& comparison, ReportFormat format);
[[nodiscard]] std::string report(const PairedComparison& comparison, ReportFormat format);

}  // namespace ringtail
