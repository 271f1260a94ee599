#include "qs/qs_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "config/effective.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;
constexpr int schema_version = 1;

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }
Json text(const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); }

Json interval(const std::optional<Interval>& value) {
  if (!value) return nullptr;
  return {value->low, value->high};
}

Json attention_json(const AttentionParallelism& attention) {
  Json json = {{"dp", attention.dp}, {"kvp", attention.kvp}, {"tp", attention.tp}};
  if (attention.cp > 1) json["cp"] = attention.cp;
  return json;
}

Json side_json(const OutcomeSide& side) {
  const auto& [attention, ffn, pipeline, order] = side.parallelism;
  return {{"batch", side.batch},
          {"attention", attention_json(attention)},
          {"ffn", {{"dp", ffn.dp}, {"ep", ffn.ep}, {"tp", ffn.tp}}},
          {"obstacle", text(side.obstacle)}};
}

Json outcome_json(const Outcome& outcome) {
  return {{"q", outcome.point.q},
          {"context", outcome.point.context},
          {"gpus", outcome.point.gpus},
          {"moe", side_json(outcome.moe)},
          {"dense", side_json(outcome.dense)},
          {"paper", number(outcome.paper)},
          {"physical", number(outcome.physical)},
          {"simulated", number(outcome.simulated)},
          {"ci95", interval(outcome.ci95)},
          {"winner", name_of(outcome.winner)}};
}

Json outcomes_json(const std::vector<Outcome>& outcomes) {
  Json list = Json::array();
  for (const Outcome& outcome : outcomes) list.push_back(outcome_json(outcome));
  return list;
}

Json search_json(const BreakEvenStudy& search) {
  const auto& bracket = search.found.bracket;
  Json json = {{"at", nullptr}, {"low", nullptr}, {"high", nullptr}, {"below", nullptr}, {"above", nullptr}};
  if (bracket)
    json = {{"at", bracket->middle()},
            {"low", bracket->low.at},
            {"high", bracket->high.at},
            {"below", name_of(bracket->low.winner)},
            {"above", name_of(bracket->high.winner)}};
  json["accuracy"] = bracket ? Json(bracket->accuracy()) : Json(nullptr);
  json["noise_bound"] = search.found.is_noise_bound;
  json["changes"] = search.found.changes;
  json["not_searched"] = text(search.not_searched);
  json["trials"] = outcomes_json(search.outcomes);
  return json;
}

}  // namespace

std::string to_json(const QsStudy& study) {
  Json json = {{"schema_version", schema_version},
               {"name", study.moe.name},
               {"config_hash", config_hash(study.moe)},
               {"model", study.moe.model.name},
               {"platform", study.moe.platform.name},
               {"layout", name_of(study.layout)},
               {"q", study.q},
               {"s", study.sparsity},
               {"qs", study.q * study.sparsity},
               {"dense_parameters", study.dense_parameters},
               {"predicted", name_of(study.predicted)},
               {"crossover_batch", std::isfinite(study.crossover_batch) ? Json(study.crossover_batch) : Json(nullptr)},
               {"here", outcome_json(study.here)}};
  if (study.q_search)
    json["break_even"] = {{"q", search_json(*study.q_search)},
                          {"context", search_json(*study.context_search)},
                          {"batch", search_json(*study.batch_search)}};
  if (!study.map.empty()) json["map"] = outcomes_json(study.map);
  if (!study.sensitivity.empty()) {
    json["sensitivity"] = Json::array();
    for (const auto& [knob, factor, outcome] : study.sensitivity) {
      Json row = {{"knob", knob}, {"factor", factor}};
      row.update(outcome_json(outcome));
      json["sensitivity"].push_back(row);
    }
  }
  return json.dump(2) + "\n";
}

}  // namespace ringtail
