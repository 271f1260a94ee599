#include "compare/comparison_json.hpp"

#include <nlohmann/json.hpp>

#include "config/effective.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;
constexpr int schema_version = 1;

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json interval(const std::optional<Interval>& value) {
  if (!value) return nullptr;
  return {value->low, value->high};
}

Json switches_json(const closed_form::Switches& switches) {
  Json json = Json::object();
  const auto values = closed_form::values_of(switches);
  for (std::size_t i = 0; i < values.size(); ++i) json[std::string(closed_form::switch_infos()[i].name)] = values[i];
  if (switches.batch == closed_form::BatchChoice::printed) json["batch"] = switches.printed_batch;
  return json;
}

Json deployment_json(const Comparison& comparison) {
  const Result& result = comparison.result;
  Json terms = Json::array();
  for (const Term& term : comparison.terms)
    terms.push_back({{"term", term.name},
                     {"unit", name_of(term.unit)},
                     {"closed_form", number(term.closed_form)},
                     {"simulated", number(term.simulated)},
                     {"ci95", interval(term.ci95)},
                     {"ratio", number(term.ratio())}});
  return {{"name", result.deployment.name},
          {"config_hash", config_hash(result.deployment)},
          {"feasible", result.feasible()},
          {"infeasible_reason", result.feasible() ? Json(nullptr) : Json(result.infeasible_reason)},
          {"warnings", result.warnings},
          {"terms", terms}};
}

Json whole(const closed_form::Switches& switches, Json deployments) {
  return {{"schema_version", schema_version}, {"switches", switches_json(switches)}, {"deployments", deployments}};
}

}  // namespace

std::string to_json(const Comparison& comparison) {
  return whole(comparison.switches, Json::array({deployment_json(comparison)})).dump(2) + "\n";
}

std::string to_json(const PairedComparison& comparison) {
  const auto& [a, b, ratios, pairing] = comparison;
  Json json = whole(a.switches, Json::array({deployment_json(a), deployment_json(b)}));
  json["ratios"] = Json::array();
  for (const TermRatio& ratio : ratios)
    json["ratios"].push_back({{"term", ratio.name},
                              {"closed_form", number(ratio.closed_form)},
                              {"simulated", number(ratio.simulated)},
                              {"ci95", interval(ratio.ci95)}});
  json["intervals"] = pairing.pairing == Pairing::paired     ? Json("paired")
                      : pairing.pairing == Pairing::unpaired ? Json("unpaired")
                                                             : Json(nullptr);
  json["intervals_reason"] = pairing.reason;
  return json.dump(2) + "\n";
}

}  // namespace ringtail
