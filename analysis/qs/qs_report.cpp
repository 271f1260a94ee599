#include "qs/qs_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/count_text.hpp"
#include "config/unit.hpp"
#include "qs/qs_json.hpp"
#include "results/table.hpp"

namespace ringtail {
namespace {

std::string tokens_text(double tokens) { return format_quantity(tokens, unit::tokens()); }

std::string ratio_text(const std::optional<double>& ratio) { return ratio ? fmt::format("{:.3f}", *ratio) : "-"; }

std::string interval_text(const std::optional<Interval>& interval) {
  return interval ? fmt::format("[{:.3f}, {:.3f}]", interval->low, interval->high) : "";
}

/// As in running text.
std::string_view words(Winner winner) {
  switch (winner) {
    case Winner::moe: return "MoE";
    case Winner::dense: return "dense";
    case Winner::even: return "even";
    case Winner::none: break;
  }
  return "none";
}

/// Why a model was not simulated, each reason numbered when it is first met.
class Obstacles {
 public:
  std::string mark(const Outcome& outcome) {
    std::string marks;
    for (const auto& [name, side] : {std::pair{"MoE", &outcome.moe}, std::pair{"dense", &outcome.dense}})
      if (!side->obstacle.empty()) marks += mark(fmt::format("{}: {}", name, side->obstacle));
    return marks;
  }
  [[nodiscard]] std::string text() const {
    std::string lines;
    for (std::size_t i = 0; i < all_.size(); ++i) lines += fmt::format("[{}] {}\n", i + 1, all_[i]);
    return lines.empty() ? "" : "\n" + lines;
  }

 private:
  std::string mark(const std::string& reason) {
    const auto at = std::find(all_.begin(), all_.end(), reason);
    const auto number = at - all_.begin() + 1;
    if (at == all_.end()) all_.push_back(reason);
    return fmt::format(" [{}]", number);
  }

  std::vector<std::string> all_;
};

std::string batch_text(const OutcomeSide& side) { return side.batch > 0 ? std::to_string(side.batch) : "-"; }

/// What every table says of an outcome.
std::vector<std::string> compared(const Outcome& outcome, Obstacles& obstacles) {
  return {batch_text(outcome.moe),
          batch_text(outcome.dense),
          ratio_text(outcome.paper),
          ratio_text(outcome.physical),
          ratio_text(outcome.simulated),
          interval_text(outcome.ci95),
          std::string(words(outcome.winner)) + obstacles.mark(outcome)};
}

/// "kvp64, ep8 tp8": attention and FFN, without what is 1.
std::string layout_text(const Parallelism& parallelism) {
  const auto& [attention, ffn, pipeline, order] = parallelism;
  const auto join = [](std::initializer_list<std::pair<const char*, int>> parts) {
    std::string text;
    for (const auto& [name, size] : parts)
      if (size > 1) text += fmt::format("{}{}{}", text.empty() ? "" : " ", name, size);
    return text.empty() ? std::string("1") : text;
  };
  return join({{"dp", attention.dp}, {"cp", attention.cp}, {"kvp", attention.kvp}, {"tp", attention.tp}}) + ", " +
         join({{"dp", ffn.dp}, {"ep", ffn.ep}, {"tp", ffn.tp}});
}

TableRows with_header(std::vector<std::string> first) {
  for (const char* const column : {"batch MoE", "batch dense", "paper", "physical", "simulated", "95 %", "winner"})
    first.emplace_back(column);
  return {first};
}

void add_row(TableRows& rows, std::vector<std::string> first, const Outcome& outcome, Obstacles& obstacles) {
  for (std::string& cell : compared(outcome, obstacles)) first.push_back(std::move(cell));
  rows.push_back(std::move(first));
}

std::string inequality_text(const QsStudy& study) {
  const Moe& moe = *study.moe.model.moe;
  const double qs = study.q * study.sparsity;
  std::string text =
      fmt::format("s = {} / {} = {:.4g}, q = {:g}, q s = {:.4g}: the inequality predicts {}\n", moe.experts_per_token,
                  moe.experts, study.sparsity, study.q, qs,
                  study.predicted == Winner::dense ? "the dense model (q s < 1)" : "the MoE (q s is not below 1)");
  text += fmt::format("dense counterpart: {:.4g} B parameters, {}\n", study.dense_parameters / 1e9,
                      study.layout == LayoutRule::given ? "in the deployment's layout"
                                                        : "both models in the layout that is fastest by formula");
  if (std::isfinite(study.crossover_batch))
    text += fmt::format("below {:.3g} sequences the MoE touches fewer feed-forward bytes per step\n",
                        study.crossover_batch);
  return text;
}

/// "the dense model is ahead at every place from 1k to 1M", or what else there is instead of a bracket.
std::string no_bracket(const BreakEvenStudy& search, const std::function<std::string(double)>& place) {
  if (!search.not_searched.empty()) return "not searched: " + search.not_searched;
  const std::vector<Trial>& trials = search.found.trials;
  const auto is_known = [](const Trial& trial) { return trial.winner != Winner::none; };
  const auto first = std::find_if(trials.begin(), trials.end(), is_known);
  if (first == trials.end())
    return fmt::format("none: no pair fits from {} to {}", place(trials.front().at), place(trials.back().at));
  const auto last = std::find_if(trials.rbegin(), trials.rend(), is_known);
  const auto definite = std::find_if(trials.begin(), trials.end(), [](const Trial& trial) {
    return trial.winner == Winner::moe || trial.winner == Winner::dense;
  });
  if (definite == trials.end()) return fmt::format("none: even from {} to {}", place(first->at), place(last->at));
  const bool has_even =
      std::any_of(trials.begin(), trials.end(), [](const Trial& trial) { return trial.winner == Winner::even; });
  return fmt::format("none: {} is ahead{} from {} to {}", words(definite->winner), has_even ? " or even" : "",
                     place(first->at), place(last->at));
}

std::string search_text(const BreakEvenStudy& search, const std::function<std::string(double)>& place) {
  const BreakEven& found = search.found;
  if (!found.bracket) return no_bracket(search, place);
  const auto& [low, high] = *found.bracket;
  std::string text = fmt::format("{} ± {:.1f} %: {} is ahead at {}, {} at {}", place(found.bracket->middle()),
                                 100 * found.bracket->accuracy(), words(low.winner), place(low.at), words(high.winner),
                                 place(high.at));
  if (found.is_noise_bound) text += "; between them more replications are needed";
  if (found.changes > 1) text += fmt::format("; the first of {} changes", found.changes);
  return text;
}

std::string break_even_text(const QsStudy& study) {
  const auto plain = [](double value) { return fmt::format("{:.4g}", value); };
  const auto tokens = [](double value) { return fmt::format("{:.0f}", value); };
  const auto rounded = [](double value) {
    return std::fmod(value, 1024) == 0 ? tokens_text(value) : fmt::format("{:.0f}", value);
  };
  return fmt::format("q        {}\ncontext  {}\nbatch    {}\n", search_text(*study.q_search, plain),
                     search_text(*study.context_search, rounded), search_text(*study.batch_search, tokens));
}

TableRows map_rows(const QsStudy& study, Obstacles& obstacles) {
  TableRows rows = with_header({"context", "GPUs", "layout MoE", "layout dense"});
  for (const Outcome& cell : study.map)
    add_row(rows,
            {tokens_text(cell.point.context), std::to_string(cell.point.gpus), layout_text(cell.moe.parallelism),
             layout_text(cell.dense.parallelism)},
            cell, obstacles);
  return rows;
}

/// "hbm_capacity" by 0.75 as "hbm capacity - 25 %".
std::string change_text(const Sensitivity& each) {
  std::string name(each.knob);
  std::replace(name.begin(), name.end(), '_', ' ');
  return fmt::format("{} {} {:.0f} %", name, each.factor < 1 ? "-" : "+", 100 * std::abs(each.factor - 1));
}

TableRows sensitivity_rows(const QsStudy& study, Obstacles& obstacles) {
  TableRows rows = with_header({"hardware"});
  add_row(rows, {"as it is"}, study.here, obstacles);
  for (const Sensitivity& each : study.sensitivity) add_row(rows, {change_text(each)}, each.outcome, obstacles);
  return rows;
}

std::string for_people(const QsStudy& study, ReportFormat format) {
  const bool is_markdown = format == ReportFormat::markdown;
  Obstacles obstacles;
  const auto laid_out = [&](const TableRows& rows) { return is_markdown ? table_markdown(rows) : table_text(rows); };
  const auto verbatim = [&](const std::string& text) { return is_markdown ? "```\n" + text + "```\n" : text; };
  const auto heading = [&](std::string_view words) {
    return fmt::format("\n{}{}\n\n", is_markdown ? "## " : "", words);
  };
  const QsPoint& point = study.here.point;
  std::string text = fmt::format("{}{}\n\n{} on {} of {}, {} tokens of context\n\n", is_markdown ? "# " : "",
                                 study.moe.name, study.moe.model.name, count_text(point.gpus, "GPU"),
                                 study.moe.platform.name, tokens_text(point.context));
  text += verbatim(inequality_text(study));
  TableRows here = with_header({"throughput dense / MoE"});
  add_row(here, {"this deployment"}, study.here, obstacles);
  text += "\n" + laid_out(here);
  if (study.q_search) text += heading("Break-even, simulated") + verbatim(break_even_text(study));
  if (!study.map.empty()) text += heading("Throughput dense / MoE") + laid_out(map_rows(study, obstacles));
  if (!study.sensitivity.empty())
    text += heading("This deployment on other hardware") + laid_out(sensitivity_rows(study, obstacles));
  return text + obstacles.text();
}

/// All digits; nothing if there is no value.
std::string exact(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; }

std::string layout(const OutcomeSide& side) {
  const auto& [attention, ffn, pipeline, order] = side.parallelism;
  return fmt::format("dp{}.kvp{}.tp{}/dp{}.ep{}.tp{}", attention.dp, attention.kvp, attention.tp, ffn.dp, ffn.ep,
                     ffn.tp);
}

class CsvRows {
 public:
  void add(const std::string& part, const Outcome& o, const std::string& knob = "", const std::string& factor = "") {
    const auto side = [&](double Interval::*end) { return o.ci95 ? exact((*o.ci95).*end) : std::string(); };
    rows_.push_back({part, knob, factor, exact(o.point.q), std::to_string(o.point.context),
                     std::to_string(o.point.gpus), std::to_string(o.moe.batch), std::to_string(o.dense.batch),
                     layout(o.moe), layout(o.dense), exact(o.paper), exact(o.physical), exact(o.simulated),
                     side(&Interval::low), side(&Interval::high), std::string(name_of(o.winner)), o.moe.obstacle,
                     o.dense.obstacle});
  }
  [[nodiscard]] const TableRows& rows() const { return rows_; }

 private:
  TableRows rows_ = {{"part", "knob", "factor", "q", "context", "gpus", "batch_moe", "batch_dense", "layout_moe",
                      "layout_dense", "paper", "physical", "simulated", "ci95_low", "ci95_high", "winner",
                      "obstacle_moe", "obstacle_dense"}};
};

std::string csv(const QsStudy& study) {
  CsvRows rows;
  rows.add("deployment", study.here);
  const auto add_all = [&](const std::string& part, const std::vector<Outcome>& outcomes) {
    for (const Outcome& outcome : outcomes) rows.add(part, outcome);
  };
  if (study.q_search) {
    add_all("search_q", study.q_search->outcomes);
    add_all("search_context", study.context_search->outcomes);
    add_all("search_batch", study.batch_search->outcomes);
  }
  add_all("map", study.map);
  for (const Sensitivity& each : study.sensitivity)
    rows.add("sensitivity", each.outcome, std::string(each.knob), fmt::format("{}", each.factor));
  return table_csv(rows.rows());
}

}  // namespace

std::string report(const QsStudy& study, ReportFormat format) {
  if (format == ReportFormat::json) return to_json(study);
  if (format == ReportFormat::csv) return csv(study);
  return for_people(study, format);
}

}  // namespace ringtail
