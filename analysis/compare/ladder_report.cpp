#include "compare/ladder_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "base/count_text.hpp"
#include "results/figures.hpp"
#include "results/table.hpp"

namespace ringtail {
namespace {

std::string factor_text(const std::optional<Factor>& factor) {
  return factor ? fmt::format("{:.4g}", std::exp(factor->log)) : "-";
}

/// Half the interval of a logarithm, which is small, in per cent of the factor.
std::string spread_text(const std::optional<Factor>& factor) {
  if (!factor || !factor->log_ci95) return "";
  const double percent = 50 * (factor->log_ci95->high - factor->log_ci95->low);
  return percent < 1e-6 ? "" : fmt::format("± {:.2g} %", percent);  // Below is rounding.
}

std::string rate_of(const Rung& rung) {
  const auto rate = rung.tokens_per_s();
  return rate ? rate_text(*rate) : "-";
}

TableRows readable_rows(const Ladder& ladder) {
  TableRows rows = {{"rung", "tokens/s", "factor", "95 %", "taken first", "taken last", "order"}};
  for (const Rung& rung : ladder.rungs)
    rows.push_back({fmt::format("{} {}", rung.number, rung.name), rate_of(rung), factor_text(rung.factor),
                    spread_text(rung.factor), factor_text(rung.first), factor_text(rung.last),
                    rung.is_order_dependent ? "matters" : ""});
  const auto total = total_of(ladder);
  rows.push_back({"product of the factors", "", factor_text(total), spread_text(total), "", "", ""});
  return rows;
}

TableRows readable_rows(const LadderPair& ladders) {
  TableRows rows = {
      {"rung", "A tokens/s", "B tokens/s", "B / A", "95 %", "A factor", "B factor", "B / A factor", "95 % "}};
  for (std::size_t i = 0; i < ladders.ratios.size(); ++i) {
    const RungRatio& ratio = ladders.ratios[i];
    rows.push_back({fmt::format("{} {}", ratio.number, ratio.name), rate_of(ladders.a.rungs[i]),
                    rate_of(ladders.b.rungs[i]), factor_text(ratio.ratio), spread_text(ratio.ratio),
                    factor_text(ladders.a.rungs[i].factor), factor_text(ladders.b.rungs[i].factor),
                    factor_text(ratio.factor), spread_text(ratio.factor)});
  }
  return rows;
}

std::string exact(const std::optional<Factor>& factor) {
  return factor ? fmt::format("{}", std::exp(factor->log)) : "";
}

std::string bound(const std::optional<Factor>& factor, double Interval::*end) {
  return factor && factor->log_ci95 ? fmt::format("{}", std::exp((*factor->log_ci95).*end)) : "";
}

void add_exact_rows(const Ladder& ladder, TableRows& rows) {
  for (const Rung& rung : ladder.rungs) {
    const auto rate = rung.tokens_per_s();
    rows.push_back({ladder.deployment.name, fmt::format("{}", rung.number), rung.name,
                    rate ? fmt::format("{}", *rate) : "", exact(rung.factor), bound(rung.factor, &Interval::low),
                    bound(rung.factor, &Interval::high), exact(rung.first), exact(rung.last),
                    rung.is_order_dependent ? "true" : "false"});
  }
}

TableRows exact_rows() {
  return {{"deployment", "rung", "name", "tokens_per_s", "factor", "ci95_low", "ci95_high", "first", "last",
           "order_dependent"}};
}

std::string laid_out(const TableRows& rows, ReportFormat format) {
  return format == ReportFormat::markdown ? table_markdown(rows) : table_text(rows);
}

std::string ladder_text(const Ladder& ladder, ReportFormat format) {
  if (ladder.rungs.empty())
    return fmt::format("{}\n\ninfeasible: {}\n", ladder.deployment.name, ladder.infeasible_reason);
  return fmt::format("{}, {}\n\n{}\nWithout effects the simulation is rung 2 to {:.0e}.\n", ladder.deployment.name,
                     count_text(ladder.batch, "sequence"), laid_out(readable_rows(ladder), format),
                     std::abs(ladder.limit_error));
}

}  // namespace

std::string report(const Ladder& ladder, ReportFormat format) {
  if (format == ReportFormat::json) return to_json(ladder);
  if (format != ReportFormat::csv) return ladder_text(ladder, format);
  TableRows rows = exact_rows();
  add_exact_rows(ladder, rows);
  return table_csv(rows);
}

std::string report(const LadderPair& ladders, ReportFormat format) {
  if (format == ReportFormat::json) return to_json(ladders);
  if (format == ReportFormat::csv) {
    TableRows rows = exact_rows();
    add_exact_rows(ladders.a, rows);
    add_exact_rows(ladders.b, rows);
    for (const RungRatio& each : ladders.ratios)
      rows.push_back({"B / A", fmt::format("{}", each.number), each.name, exact(each.ratio), exact(each.factor),
                      bound(each.factor, &Interval::low), bound(each.factor, &Interval::high), "", "", ""});
    return table_csv(rows);
  }
  std::string text = "A: " + ladder_text(ladders.a, format) + "\nB: " + ladder_text(ladders.b, format);
  if (!ladders.ratios.empty()) text += "\nB / A\n\n" + laid_out(readable_rows(ladders), format);
  return text;
}

}  // namespace ringtail
