#pragma once

#include <filesystem>
#include <string>

namespace ringtail {

/// The tables of a study's folder, as text: what `ringtail sweep` wrote, and nothing else.
struct StudyTables {
  std::string summary;  ///< summary.csv
  std::string results;  ///< results.csv
  std::string error;    ///< Why they cannot be shown: "FILE:LINE: error: ..", with help; empty if they can.
};

/// Reads and checks them: a header with the columns that reports show; numbers where numbers are; results of the same
/// points, whose mean TPOT is the summary's.
[[nodiscard]] StudyTables read_study_tables(const std::filesystem::path& folder);

}  // namespace ringtail
