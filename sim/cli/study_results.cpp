#include "cli/study_results.hpp"

#include <fmt/format.h>

#include "cli/pending_file.hpp"
#include "study/exports.hpp"

namespace ringtail {
namespace {

void check(const PendingFile& pending, const std::filesystem::path& file) {
  if (!pending.error().empty()) throw StoreError(fmt::format("{} {}", file.string(), pending.error()));
}

/// The tables of a study in its folder.
class Tables {
 public:
  Tables(const Study& study, const std::filesystem::path& folder)
      : study_(study),
        folder_(folder),
        csv_(folder / "results.csv", true),
        lines_(folder / "results.jsonl", true),
        summary_(folder / "summary.csv", true) {
    csv_.write(csv_header(study));
  }

  void add(const PlannedPoint& point, const PointOutcome& outcome) {
    csv_.write(csv_rows(study_, point, outcome));
    lines_.write(json_line(study_, point, outcome.record));
  }

  void put(const std::vector<SummaryRow>& rows) {
    summary_.write(summary_csv(study_, rows));
    for (PendingFile* const file : {&csv_, &lines_, &summary_}) file->put();
    check(csv_, folder_ / "results.csv");
    check(lines_, folder_ / "results.jsonl");
    check(summary_, folder_ / "summary.csv");
  }

 private:
  const Study& study_;
  std::filesystem::path folder_;
  PendingFile csv_;
  PendingFile lines_;
  PendingFile summary_;
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
