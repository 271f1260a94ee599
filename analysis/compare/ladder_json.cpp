#include <cmath>
#include <nlohmann/json.hpp>

#include "compare/ladder_report.hpp"
#include "config/effective.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;
constexpr int schema_version = 1;

Json interval_json(const std::optional<Factor>& factor) {
  if (!factor || !factor->log_ci95) return nullptr;
  return {std::exp(factor->log_ci95->low), std::exp(factor->log_ci95->high)};
}

/// factor, log_factor and the interval of the factor.
Json factor_json(const std::optional<Factor>& factor) {
  return {{"factor", factor ? Json(std::exp(factor->log)) : Json(nullptr)},
          {"log_factor", factor ? Json(factor->log) : Json(nullptr)},
          {"ci95", interval_json(factor)}};
}

Json rung_json(const Rung& rung) {
  const auto rate = rung.tokens_per_s();
  Json json = {{"rung", rung.number},
               {"name", rung.name},
               {"simulated", rung.is_simulated()},
               {"effects", rung.effects},
               {"tokens_per_s", rate ? Json(*rate) : Json(nullptr)}};
  json.update(factor_json(rung.factor));
  json["first"] = factor_json(rung.first);
  json["last"] = factor_json(rung.last);
  json["order_dependent"] = rung.is_order_dependent;
  return json;
}

Json ladder_json(const Ladder& ladder) {
  Json rungs = Json::array();
  for (const Rung& rung : ladder.rungs) rungs.push_back(rung_json(rung));
  const bool feasible = !ladder.rungs.empty();
  const auto total = total_of(ladder);
  return {{"name", ladder.deployment.name},
          {"config_hash", config_hash(ladder.deployment)},
          {"feasible", feasible},
          {"infeasible_reason", feasible ? Json(nullptr) : Json(ladder.infeasible_reason)},
          {"batch", ladder.batch},
          {"replications", ladder.deployment.run.replications},
          {"limit_error", feasible ? Json(ladder.limit_error) : Json(nullptr)},
          {"total", factor_json(total)},
          {"rungs", rungs}};
}

Json whole(Json ladders) { return {{"schema_version", schema_version}, {"ladders", std::move(ladders)}}; }

}  // namespace

std::string to_json(const Ladder& ladder) { return whole(Json::array({ladder_json(ladder)})).dump(2) + "\n"; }

std::string to_json(const LadderPair& ladders) {
  Json json = whole(Json::array({ladder_json(ladders.a), ladder_json(ladders.b)}));
  json["ratios"] = Json::array();
  for (const RungRatio& each : ladders.ratios) {
    Json ratio = {{"rung", each.number},
                  {"name", each.name},
                  {"ratio", each.ratio ? Json(std::exp(each.ratio->log)) : Json(nullptr)},
                  {"ratio_ci95", interval_json(each.ratio)}};
    ratio.update(factor_json(each.factor));
    json["ratios"].push_back(std::move(ratio));
  }
  return json.dump(2) + "\n";
}

}  // namespace ringtail
