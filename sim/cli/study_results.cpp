#include "cli/study_results.hpp"

#include <fmt/format.h>

#include "cli/pending_files.hpp"
#include "study/exports.hpp"

namespace ringtail {
namespace {

/// The tables of a study in its folder.
class Tables {
 public:
  Tables(const Study& study, const std::filesystem::path& folder)
      : study_(study),
        csv_(files_.add(folder / "results.csv")),
        lines_(files_.add(folder / "results.jsonl")),
        summary_(files_.add(folder / "summary.csv")) {
    csv_.write(csv_header(study));
  }

  void add(const PlannedPoint& point, const PointOutcome& outcome) {
    csv_.write(csv_rows(study_, point, outcome));
    lines_.write(json_line(study_, point, outcome.record));
  }

  void put(const std::vector<SummaryRow>& rows) {
    summary_.write(summary_csv(study_, rows));
    if (const auto failure = files_.put()) throw StoreError(fmt::format("{} {}", failure->file.string(), failure->why));
  }

 private:
  const Study& study_;
  PendingFiles files_;
  PendingFile& csv_;
  PendingFile& lines_;
  PendingFile& summary_;
};

}  // namespace

std::vector<SummaryRow> read_results(const Study& study, const std::vector<PlannedPoint>& points,
                                     const FindRecord& find, const std::optional<std::filesystem::path>& folder) {
  std::optional<Tables> tables;
  if (folder) tables.emplace(study, *folder);
  Summary summary(study);
  for (const PlannedPoint& point : points) {
    std::optional<PointOutcome> outcome;
    if (std::optional<PointRecord> record = find(point.identity)) outcome = read_outcome(std::move(*record));
    summary.add(point, outcome);
    if (tables && outcome) tables->add(point, *outcome);
  }
  std::vector<SummaryRow> rows = summary.rows();
  if (tables) tables->put(rows);
  return rows;
}

}  // namespace ringtail
