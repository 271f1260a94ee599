#include <fmt/format.h>

#include "results/figures.hpp"
#include "results/table.hpp"
#include "study/summary.hpp"

namespace ringtail {
namespace {

/// Half of the interval, relative to `whole`: "± 0.42 %".
std::string spread(const std::optional<Interval>& interval, double whole) {
  return interval ? " " + half_width_text((interval->high - interval->low) / 2 / whole) : "";
}

std::string relative(const Estimate& difference, double base) {
  return fmt::format("{:+.2f} %{}", 100 * difference.mean / base, spread(difference.ci95, base));
}

const std::string& label_of(const Study& study, std::size_t axis, std::size_t level) {
  return study.axes[axis].levels[level].label;
}

std::string number(double value) { return fmt::format("{}", value); }

void add_estimate(const Estimate& estimate, std::vector<std::string>& row) {
  row.push_back(number(estimate.mean));
  row.push_back(estimate.ci95 ? number(estimate.ci95->low) : "");
  row.push_back(estimate.ci95 ? number(estimate.ci95->high) : "");
}

void add_header(const std::string& name, std::vector<std::string>& row) {
  for (const char* const end : {"", "_ci95_low", "_ci95_high"}) row.push_back(name + end);
}

constexpr std::size_t estimate_cells = 3;

}  // namespace

std::string summary_text(const Study& study, const std::vector<SummaryRow>& rows) {
  std::vector<std::string> header;
  for (const Axis& axis : study.axes) header.push_back(axis.name);
  if (header.empty()) header.emplace_back("point");
  header.insert(header.end(), {"batch", "busiest rank", "TPOT", "tokens/s per GPU"});
  for (const Baseline& baseline : study.baselines) {
    const std::string& base = label_of(study, baseline.axis, baseline.level);
    header.insert(header.end(), {"TPOT vs " + base, "tokens/s vs " + base});
  }
  TableRows table = {header};
  for (const SummaryRow& row : rows) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < study.axes.size(); ++i) cells.push_back(label_of(study, i, row.point->levels[i]));
    if (cells.empty()) cells.emplace_back("the base");
    if (row.outcome == "done") {
      cells.push_back(number(row.batch_total));
      cells.push_back(row.rank_max_over_mean ? fmt::format("{:.3f} x", *row.rank_max_over_mean) : "");
      cells.push_back(time_text(row.tpot_s.mean) + spread(row.tpot_s.ci95, row.tpot_s.mean));
      const Estimate& tokens = row.tokens_per_s_per_gpu;
      cells.push_back(rate_text(tokens.mean) + spread(tokens.ci95, tokens.mean));
      for (const auto& difference : row.differences) {
        cells.push_back(difference ? relative(difference->tpot_s, difference->base_tpot_s) : "");
        cells.push_back(difference ? relative(difference->tokens_per_s_per_gpu, difference->base_tokens_per_s_per_gpu)
                                   : "");
      }
    } else {
      cells.insert(cells.end(), {"", "", row.outcome});
    }
    cells.resize(header.size());
    table.push_back(std::move(cells));
  }
  return table_text(table);
}

std::string summary_csv(const Study& study, const std::vector<SummaryRow>& rows) {
  std::vector<std::string> header;
  for (const Axis& axis : study.axes) header.push_back(axis.name);
  header.insert(header.end(), {"point", "outcome", "reason", "batch_total_sequences", "rank_max_over_mean"});
  add_header("tpot_s", header);
  add_header("tokens_per_s_per_gpu", header);
  for (const Baseline& baseline : study.baselines) {
    const std::string base = "_minus_baseline_of_" + study.axes[baseline.axis].name;
    add_header("tpot_s" + base, header);
    add_header("tokens_per_s_per_gpu" + base, header);
  }
  TableRows table = {header};
  for (const SummaryRow& row : rows) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < study.axes.size(); ++i) cells.push_back(label_of(study, i, row.point->levels[i]));
    cells.insert(cells.end(), {row.point->identity, row.outcome, row.reason});
    if (row.outcome == "done") {
      cells.push_back(number(row.batch_total));
      cells.push_back(row.rank_max_over_mean ? number(*row.rank_max_over_mean) : "");
      add_estimate(row.tpot_s, cells);
      add_estimate(row.tokens_per_s_per_gpu, cells);
      for (const auto& difference : row.differences) {
        if (difference) {
          add_estimate(difference->tpot_s, cells);
          add_estimate(difference->tokens_per_s_per_gpu, cells);
        } else {
          cells.resize(cells.size() + 2 * estimate_cells);
        }
      }
    }
    cells.resize(header.size());
    table.push_back(std::move(cells));
  }
  return table_csv(table);
}

}  // namespace ringtail
