#include <nlohmann/json.hpp>

#include "decode/overlap_policy.hpp"
#include "routing/placement_names.hpp"
#include "tune/tune_report.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

Json design_json(const Design& design) {
  const auto& [attention, ffn, pipeline, order] = design.parallelism;
  return {{"pp", pipeline.stages},
          {"attention", {{"dp", attention.dp}, {"cp", attention.cp}, {"kvp", attention.kvp}, {"tp", attention.tp}}},
          {"ffn", {{"dp", ffn.dp}, {"ep", ffn.ep}, {"tp", ffn.tp}}},
          {"overlap", overlap_text(design.overlap)},
          {"redundant_experts", design.redundant_experts},
          {"placement", name_of(design.placement)},
          {"largest_batch", design.largest_batch}};
}

Json point_json(const TunedPoint& point) {
  return {{"design", design_json(point.design)},
          {"batch_total", point.batch},
          {"closed_form", {{"tokens_per_s", point.forecast.tokens_per_s}, {"tpot_s", point.forecast.tpot}}},
          {"tokens_per_s", point.tokens_per_s},
          {"tpot_s", point.tpot}};
}

Json points_json(const std::vector<TunedPoint>& points) {
  Json list = Json::array();
  for (const TunedPoint& point : points) list.push_back(point_json(point));
  return list;
}

Json interval_json(const std::optional<Interval>& interval) {
  return interval ? Json{interval->low, interval->high} : Json(nullptr);
}

Json result_json(const Result& result) {
  const Measurement& m = *result.measurement;
  return {{"batch_total", result.capacity.batch_total},
          {"tokens_per_s", m.throughput.tokens_per_s},
          {"tokens_per_s_per_gpu", m.throughput.tokens_per_s_per_gpu},
          {"tpot_s", m.step.tpot},
          {"step_seconds", m.step.mean},
          {"step_seconds_ci95", interval_json(m.step.ci95)}};
}

Json finalists_json(const Tuning& tuning) {
  Json list = Json::array();
  for (const Finalist& finalist : tuning.finalists) {
    Json json = point_json(finalist.point);
    json["overrides"] = overrides_of(finalist.point.design, finalist.point.batch, tuning.base.model.moe.has_value());
    json["result"] = result_json(finalist.result);
    json["difference_to_first_ci95"] = interval_json(finalist.difference);
    json["ties_with_first"] = finalist.ties;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

std::string tune_json(const Tuning& tuning) {
  constexpr int schema_version = 1;
  Json obstacles = Json::array();
  for (const Obstacle& obstacle : tuning.space.obstacles)
    obstacles.push_back({{"message", obstacle.message}, {"designs", obstacle.designs}});
  const TuneOptions& options = tuning.options;
  const Json json = {{"schema_version", schema_version},
                     {"name", tuning.base.name},
                     {"gpus", tuning.base.gpus},
                     {"goal", options.goal == Goal::throughput ? "throughput" : "tpot"},
                     {"tpot_limit_s", options.tpot_limit ? Json(*options.tpot_limit) : Json(nullptr)},
                     {"margin", options.margin},
                     {"finalists", finalists_json(tuning)},
                     {"given", tuning.given ? result_json(*tuning.given) : Json(nullptr)},
                     {"front", points_json(tuning.front)},
                     {"designs", {{"tried", tuning.space.tried}, {"possible", tuning.space.designs.size()}}},
                     {"points", tuning.points},
                     {"left_out", tuning.left_out},
                     {"obstacles", obstacles},
                     {"simulated", points_json(tuning.simulated)}};
  return json.dump(2) + "\n";
}

}  // namespace ringtail
