#include <nlohmann/json.hpp>

#include "results/diff.hpp"
#include "results/json.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json changes_json(const std::vector<ValueChange>& changes) {
  Json json = Json::array();
  for (const ValueChange& change : changes)
    json.push_back({{"path", change.path}, {"a", text_or_null(change.a)}, {"b", text_or_null(change.b)}});
  return json;
}

Json times_json(const std::vector<TimeChange>& times) {
  Json json = Json::array();
  for (const TimeChange& time : times) {
    Json line = {
        {"what", time.what}, {"a_s", time.a}, {"b_s", time.b}, {"difference_s", time.difference()}, {"ci95", nullptr}};
    if (time.ci95) line["ci95"] = {time.ci95->low, time.ci95->high};
    json.push_back(std::move(line));
  }
  return json;
}

Json pairing_json(Pairing pairing) {
  switch (pairing) {
    case Pairing::paired: return "paired";
    case Pairing::unpaired: return "unpaired";
    case Pairing::none: break;
  }
  return nullptr;
}

Json file_json(const ResultFile& result) {
  return {{"file", result.file},
          {"name", result.name},
          {"infeasible_reason", result.infeasible_reason.empty() ? Json(nullptr) : Json(result.infeasible_reason)}};
}

}  // namespace

std::string to_json(const Difference& difference, const ResultFile& a, const ResultFile& b) {
  const Json json = {{"schema_version", result_schema_version},
                     {"a", file_json(a)},
                     {"b", file_json(b)},
                     {"is_different", !difference.empty()},
                     {"configuration", changes_json(difference.configuration)},
                     {"capacity", changes_json(difference.capacity)},
                     {"algorithms", changes_json(difference.algorithms)},
                     {"intervals", pairing_json(difference.pairing)},
                     {"intervals_reason", difference.pairing_reason},
                     {"times", times_json(difference.times)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ringtail
