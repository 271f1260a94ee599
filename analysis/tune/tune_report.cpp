#include "tune/tune_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/count_text.hpp"
#include "decode/overlap_policy.hpp"
#include "results/figures.hpp"
#include "results/table.hpp"

namespace ringtail {
namespace {

/// " ± 1.2 %", or nothing without an interval.
std::string spread_text(const std::optional<Interval>& interval, double mean) {
  return interval ? " " + half_width_text((interval->high - mean) / mean) : "";
}

std::string result_text(const Result& result) {
  const Measurement& m = *result.measurement;
  return fmt::format("{} tokens/s per GPU, TPOT {}{}, {}", rate_text(m.throughput.tokens_per_s_per_gpu),
                     time_text(m.step.tpot), spread_text(m.step.ci95, m.step.mean),
                     count_text(result.capacity.batch_total, "sequence"));
}

std::string goal_text(const TuneOptions& options) {
  const std::string goal = options.goal == Goal::throughput ? "most tokens per second" : "shortest time per token";
  return options.tpot_limit ? fmt::format("{} with TPOT up to {}", goal, time_text(*options.tpot_limit)) : goal;
}

std::string winner_text(const Tuning& tuning, const std::filesystem::path& file) {
  if (tuning.finalists.empty())
    return tuning.options.tpot_limit && !tuning.simulated.empty()
               ? fmt::format("nothing of what was simulated stays within TPOT {}\n",
                             time_text(*tuning.options.tpot_limit))
               : "no design fits\n";
  const Finalist& winner = tuning.finalists.front();
  std::string text =
      fmt::format("best      {}\n          {}\n", text_of(winner.point.design), result_text(winner.result));
  std::vector<std::string> words;
  for (const std::string& word :
       overrides_of(winner.point.design, winner.point.batch, tuning.base.model.moe.has_value()))
    words.push_back(fmt::format("--set '{}'", word));
  text += fmt::format("          ringtail simulate {} \\\n            {}\n", file.string(),
                      fmt::join(words, " \\\n            "));
  if (tuning.given) {
    const double gain =
        tuning.options.goal == Goal::throughput
            ? winner.result.measurement->throughput.tokens_per_s / tuning.given->measurement->throughput.tokens_per_s
            : tuning.given->measurement->step.tpot / winner.result.measurement->step.tpot;
    text += fmt::format("as given  {}: the best is {:.3g} times as fast\n", result_text(*tuning.given), gain);
  }
  for (std::size_t i = 1; i < tuning.finalists.size(); ++i) {
    const Finalist& other = tuning.finalists[i];
    text += fmt::format("{}  {}\n          {}\n", other.ties ? "tied    " : "behind  ", text_of(other.point.design),
                        result_text(other.result));
  }
  return text;
}

std::string front_text(const Tuning& tuning) {
  TableRows rows = {{"design", "sequences", "tokens/s per GPU", "tokens/s per sequence", "TPOT"}};
  for (const TunedPoint& point : tuning.front)
    rows.push_back({text_of(point.design), std::to_string(point.batch),
                    rate_text(point.tokens_per_s / tuning.base.gpus), fmt::format("{:.4g}", 1 / point.tpot),
                    time_text(point.tpot)});
  return "Throughput against speed: what no other design simulated beats in both (brief simulations)\n" +
         table_text(rows);
}

std::string search_text(const Tuning& tuning) {
  const auto possible = static_cast<int>(tuning.space.designs.size());
  std::string text = fmt::format(
      "searched  {}, {} of them possible, {} with the batches that they may have; {} simulated\n",
      count_text(tuning.space.tried, "design"), possible, count_text(tuning.points, "point"), tuning.simulated.size());
  text += fmt::format("          {} more could win if {} times as good as the closed form says{}\n", tuning.left_out,
                      tuning.options.margin,
                      tuning.left_out > 0
                          ? fmt::format(": --simulations {} would try them", tuning.simulated.size() + tuning.left_out)
                          : "");
  constexpr std::size_t most_obstacles = 6;
  const auto& obstacles = tuning.space.obstacles;
  for (std::size_t i = 0; i < std::min(obstacles.size(), most_obstacles); ++i)
    text += fmt::format("{:>8}  not possible, such as: {}\n", obstacles[i].designs, obstacles[i].message);
  int rest = 0;
  for (std::size_t i = most_obstacles; i < obstacles.size(); ++i) rest += obstacles[i].designs;
  if (rest > 0) text += fmt::format("{:>8}  not possible for other reasons\n", rest);
  return text;
}

}  // namespace

std::string tune_text(const Tuning& tuning, const std::filesystem::path& file) {
  std::string text =
      fmt::format("{}\n{} on {}: {}\n\n", tuning.base.name, tuning.base.model.name,
                  count_text(tuning.base.gpus, tuning.base.platform.name + " GPU"), goal_text(tuning.options));
  text += winner_text(tuning, file) + "\n";
  if (!tuning.front.empty()) text += front_text(tuning) + "\n";
  return text + search_text(tuning);
}

std::string tune_csv(const Tuning& tuning) {
  TableRows rows = {{"pp", "attention_dp", "cp", "kvp", "attention_tp", "ffn_dp", "ep", "ffn_tp", "overlap",
                     "redundant_experts", "batch_total", "closed_form_tokens_per_s", "closed_form_tpot_s",
                     "tokens_per_s", "tpot_s"}};
  for (const TunedPoint& point : tuning.simulated) {
    const auto& [attention, ffn, pipeline, order] = point.design.parallelism;
    rows.emplace_back();
    for (const int n :
         {pipeline.stages, attention.dp, attention.cp, attention.kvp, attention.tp, ffn.dp, ffn.ep, ffn.tp})
      rows.back().push_back(std::to_string(n));
    rows.back().push_back(overlap_text(point.design.overlap));
    for (const int n : {point.design.redundant_experts, point.batch}) rows.back().push_back(std::to_string(n));
    for (const double x : {point.forecast.tokens_per_s, point.forecast.tpot, point.tokens_per_s, point.tpot})
      rows.back().push_back(fmt::format("{:.17g}", x));
  }
  return table_csv(rows);
}

}  // namespace ringtail
