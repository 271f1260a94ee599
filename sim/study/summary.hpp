#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stats/confidence.hpp"
#include "study/figures.hpp"

namespace ringtail {

/// A mean over replications, and its 95 % interval if there are two or more.
struct Estimate {
  double mean = 0;
  std::optional<Interval> ci95;
};

/// A point minus the one that has the baseline's level on one axis and else the same; paired where both share their
/// random numbers (results/pairing.hpp).
struct PointDifference {
  Estimate tpot_s;
  Estimate tokens_per_s_per_gpu;
  double base_tpot_s = 0;
  double base_tokens_per_s_per_gpu = 0;
  bool is_paired = false;
};

struct SummaryRow {
  const PlannedPoint* point = nullptr;
  std::string outcome;  ///< "missing" if it was not simulated.
  std::string reason;
  double batch_total = 0;
  Estimate tpot_s;
  Estimate tokens_per_s_per_gpu;
  std::optional<double> rank_max_over_mean;
  std::vector<std::optional<PointDifference>>
      differences;  ///< By baseline of the study; none where either is not done.
};

/// Keeps of each point what the summary needs, so that a study's results need not fit into memory.
class Summary {
 public:
  explicit Summary(const Study& study) : study_(study) {}

  /// In the order of the study; the point must outlive the rows. Without an outcome, it was not simulated.
  void add(const PlannedPoint& point, const std::optional<PointOutcome>& outcome);

  /// A row per point.
  [[nodiscard]] std::vector<SummaryRow> rows() const;

 private:
  const Study& study_;
  std::vector<SummaryRow> rows_;  ///< Without differences.
  std::map<PointLevels, PointFigures> done_;
};

/// For people, and as CSV with the columns of docs/studies.md.
[[nodiscard]] std::string summary_text(const Study& study, const std::vector<SummaryRow>& rows);
[[nodiscard]] std::string summary_csv(const Study& study, const std::vector<SummaryRow>& rows);

}  // namespace ringtail
