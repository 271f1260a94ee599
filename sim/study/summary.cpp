#include "study/summary.hpp"

#include <utility>

#include "results/pairing.hpp"
#include "stats/sample.hpp"

namespace ringtail {
namespace {

Estimate estimate(const std::vector<double>& values) { return {mean(values), student_t_interval(values)}; }

Estimate difference(const std::vector<double>& base, const std::vector<double>& values, Pairing pairing) {
  return {mean(values) - mean(base), difference_interval(base, values, pairing)};
}

PointDifference difference(const PointFigures& base, const PointFigures& point) {
  const auto choice = choose_pairing({base.seed, base.tpot_s.size()}, {point.seed, point.tpot_s.size()});
  return {difference(base.tpot_s, point.tpot_s, choice.pairing),
          difference(base.tokens_per_s_per_gpu, point.tokens_per_s_per_gpu, choice.pairing), mean(base.tpot_s),
          mean(base.tokens_per_s_per_gpu), choice.pairing == Pairing::paired};
}

}  // namespace

void Summary::add(const PlannedPoint& point, const std::optional<PointOutcome>& outcome) {
  SummaryRow row;
  row.point = &point;
  row.outcome = outcome ? outcome->record.outcome : "missing";
  if (outcome) row.reason = outcome->record.reason;
  if (row.outcome == "done") {
    const PointFigures& figures = done_.emplace(point.levels, read_figures(outcome->result)).first->second;
    row.batch_total = figures.batch_total;
    row.tpot_s = estimate(figures.tpot_s);
    row.tokens_per_s_per_gpu = estimate(figures.tokens_per_s_per_gpu);
    row.rank_max_over_mean = figures.rank_max_over_mean;
  }
  rows_.push_back(std::move(row));
}

std::vector<SummaryRow> Summary::rows() const {
  std::vector<SummaryRow> rows = rows_;
  for (SummaryRow& row : rows) {
    for (const Baseline& baseline : study_.baselines) {
      PointLevels levels = row.point->levels;
      levels[baseline.axis] = baseline.level;
      const auto base = done_.find(levels);
      const auto point = done_.find(row.point->levels);
      const bool is_base = levels == row.point->levels;
      row.differences.emplace_back();
      if (base != done_.end() && point != done_.end() && !is_base)
        row.differences.back() = difference(base->second, point->second);
    }
  }
  return rows;
}

}  // namespace ringtail
