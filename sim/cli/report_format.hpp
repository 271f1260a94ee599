#pragma once

#include "cli/options.hpp"
#include "compare/report.hpp"

namespace ringtail {

/// The format of a report that the user asked for.
[[nodiscard]] inline ReportFormat report_format(OutputFormat format) {
  switch (format) {
    case OutputFormat::json: return ReportFormat::json;
    case OutputFormat::csv: return ReportFormat::csv;
    case OutputFormat::markdown: return ReportFormat::markdown;
    case OutputFormat::text: break;
  }
  return ReportFormat::text;
}

}  // namespace ringtail
