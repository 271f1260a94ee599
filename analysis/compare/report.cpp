#include "compare/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compare/comparison_json.hpp"
#include "results/figures.hpp"
#include "results/table.hpp"

namespace ringtail {
namespace {

/// "collective.dispatch" as "collective: dispatch".
std::string words(const std::string& name) {
  std::string text = name;
  std::replace(text.begin(), text.end(), '_', ' ');
  if (const auto dot = text.find('.'); dot != std::string::npos) text.replace(dot, 1, ": ");
  return text;
}

std::string value_text(const std::optional<double>& value, Unit unit) {
  if (!value) return "-";
  switch (unit) {
    case Unit::sequences: return fmt::format("{:.0f}", *value);
    case Unit::seconds: return time_text(*value);
    case Unit::tokens_per_s: return rate_text(*value);
  }
  return {};
}

/// Half the interval in per cent of the mean.
std::string spread_text(const Term& term) {
  if (!term.ci95 || *term.simulated <= 0) return "";
  return half_width_text((term.ci95->high - term.ci95->low) / 2 / *term.simulated);
}

std::string ratio_text(const std::optional<double>& ratio) { return ratio ? fmt::format("{:.4g}", *ratio) : "-"; }

std::string interval_text(const std::optional<Interval>& interval) {
  return interval ? fmt::format("[{:.4g}, {:.4g}]", interval->low, interval->high) : "";
}

/// All digits; nothing if there is no value.
std::string exact(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; }
std::string low(const std::optional<Interval>& interval) { return interval ? fmt::format("{}", interval->low) : ""; }
std::string high(const std::optional<Interval>& interval) { return interval ? fmt::format("{}", interval->high) : ""; }

TableRows readable_rows(const Comparison& comparison) {
  TableRows rows = {{"term", "closed form", "simulated", "95 %", "simulated / closed form"}};
  for (const Term& term : comparison.terms)
    rows.push_back({words(term.name), value_text(term.closed_form, term.unit), value_text(term.simulated, term.unit),
                    spread_text(term), ratio_text(term.ratio())});
  return rows;
}

TableRows readable_rows(const PairedComparison& comparison) {
  TableRows rows = {
      {"term", "A formula", "A simulated", "B formula", "B simulated", "B / A formula", "B / A simulated", "95 %"}};
  const auto row = [&](const std::string& name, Unit unit) {
    const auto in = [&](const std::vector<Term>& terms) {
      const auto at = std::find_if(terms.begin(), terms.end(), [&](const Term& term) { return term.name == name; });
      return at == terms.end() ? Term{} : *at;
    };
    const Term a = in(comparison.a.terms);
    const Term b = in(comparison.b.terms);
    const auto ratio = std::find_if(comparison.ratios.begin(), comparison.ratios.end(),
                                    [&](const TermRatio& each) { return each.name == name; });
    const TermRatio shown = ratio == comparison.ratios.end() ? TermRatio{} : *ratio;
    rows.push_back({words(name), value_text(a.closed_form, unit), value_text(a.simulated, unit),
                    value_text(b.closed_form, unit), value_text(b.simulated, unit), ratio_text(shown.closed_form),
                    ratio_text(shown.simulated), interval_text(shown.ci95)});
  };
  const auto has = [](const std::vector<Term>& terms, const std::string& name) {
    return std::any_of(terms.begin(), terms.end(), [&](const Term& term) { return term.name == name; });
  };
  // Both have their terms in one order. Those of B that A lacks stand before A's next common one, so that collectives
  // stay together; what B has after the last common one, all of it if A is infeasible, comes at the end.
  auto next = comparison.b.terms.begin();
  for (const Term& term : comparison.a.terms) {
    if (has(comparison.b.terms, term.name)) {
      for (; next->name != term.name; ++next) row(next->name, next->unit);
      ++next;
    }
    row(term.name, term.unit);
  }
  for (; next != comparison.b.terms.end(); ++next) row(next->name, next->unit);
  return rows;
}

TableRows exact_rows(const std::vector<const Comparison*>& comparisons) {
  TableRows rows = {{"deployment", "term", "unit", "closed_form", "simulated", "ci95_low", "ci95_high", "ratio"}};
  for (const Comparison* comparison : comparisons)
    for (const Term& term : comparison->terms)
      rows.push_back({comparison->result.deployment.name, term.name, std::string(name_of(term.unit)),
                      exact(term.closed_form), exact(term.simulated), low(term.ci95), high(term.ci95),
                      exact(term.ratio())});
  return rows;
}

TableRows exact_rows(const PairedComparison& comparison) {
  TableRows rows = exact_rows({&comparison.a, &comparison.b});
  for (const TermRatio& ratio : comparison.ratios)
    rows.push_back({"B / A", ratio.name, "", exact(ratio.closed_form), exact(ratio.simulated), low(ratio.ci95),
                    high(ratio.ci95), ""});
  return rows;
}

std::string switches_text(const closed_form::Switches& switches) {
  const auto values = closed_form::values_of(switches);
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view name = closed_form::switch_infos()[i].name;
    text += fmt::format("{}{}={}", i > 0 ? " " : "", name, values[i]);
  }
  return text;
}

std::string infeasible_text(const std::string& name, const Result& result) {
  return result.feasible() ? "" : fmt::format("\n{}infeasible: {}\n", name, result.infeasible_reason);
}

std::string pairing_text(const PairingChoice& choice) {
  switch (choice.pairing) {
    case Pairing::paired: return fmt::format("\nIntervals of B / A are paired: {}.\n", choice.reason);
    case Pairing::unpaired: return fmt::format("\nIntervals of B / A are unpaired (Welch): {}.\n", choice.reason);
    case Pairing::none: break;
  }
  return fmt::format("\nThere are no intervals of B / A: {}.\n", choice.reason);
}

std::string laid_out(const TableRows& rows, ReportFormat format) {
  return format == ReportFormat::markdown ? table_markdown(rows) : table_text(rows);
}

}  // namespace

std::string report(const Comparison& comparison, ReportFormat format) {
  if (format == ReportFormat::json) return to_json(comparison);
  if (format == ReportFormat::csv) return table_csv(exact_rows({&comparison}));
  return fmt::format("{}\n\nClosed form: {}\n\n", comparison.result.deployment.name,
                     switches_text(comparison.switches)) +
         laid_out(readable_rows(comparison), format) + infeasible_text("", comparison.result);
}

std::string report(const PairedComparison& comparison, ReportFormat format) {
  if (format == ReportFormat::json) return to_json(comparison);
  if (format == ReportFormat::csv) return table_csv(exact_rows(comparison));
  const auto& [a, b, ratios, pairing] = comparison;
  return fmt::format("A: {}\n\nB: {}\n\nClosed form: {}\n\n", a.result.deployment.name, b.result.deployment.name,
                     switches_text(a.switches)) +
         laid_out(readable_rows(comparison), format) + infeasible_text("A: ", a.result) +
         infeasible_text("B: ", b.result) + pairing_text(pairing);
}

}  // namespace ringtail
