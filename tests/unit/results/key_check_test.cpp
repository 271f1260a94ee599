#include "results/key_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>

#include "results/json.hpp"
#include "results/key_rules.hpp"
#include "results/result_file.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::ordered_json;

/// A result with all that a report shows.
Json detailed() {
  Deployment deployment = testing::tiny_deployment(testing::tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  deployment.run = {2, 1, 2, 1};
  SimulateOptions options;
  options.recording.detail = true;
  return Json::parse(to_json(simulate(deployment, plan_batch(deployment), options)));
}

std::string error_of(const Json& json) { return read_result(json.dump(), "r.json", MissingKeys::refused).error; }

/// All that is not an object or a list, or is an empty one, with its path.
void for_each_leaf(const Json& json, const std::string& pointer, const std::function<void(const std::string&)>& visit) {
  if (!json.is_structured() || json.empty()) return visit(pointer);
  for (std::size_t i = 0; json.is_array() && i < json.size(); ++i)
    for_each_leaf(json[i], pointer + "/" + std::to_string(i), visit);
  if (json.is_object())
    for (const auto& [key, value] : json.items()) for_each_leaf(value, pointer + "/" + key, visit);
}

bool is_free(const std::string& pointer) {  // Described by a deployment's schema, or "as" another key.
  static const std::array<const char*, 3> open = {"/provenance/deployment/", "/per_replication/0/routing/",
                                                  "/per_replication/1/routing/"};
  return std::any_of(open.begin(), open.end(), [&](const char* begin) { return pointer.starts_with(begin); });
}

// Any number, text or switch of a result replaced by a list that holds a list is refused, and named: no key has a value
// that nothing checks. Of the long tables of detail every hundredth value is tried.
TEST(WrongKey, FindsEachValueOfAnotherType) {
  const Json whole = detailed();
  ASSERT_EQ(error_of(whole), "");
  Json broken = whole;
  int tried = 0;
  int of_detail = 0;
  for_each_leaf(whole, "", [&](const std::string& pointer) {
    if (is_free(pointer) || (pointer.starts_with("/detail/") && ++of_detail % 100 != 0)) return;
    const Json::json_pointer at(pointer);
    broken[at] = Json::array({Json::array()});
    EXPECT_THAT(wrong_key(broken, result_keys(), MissingKeys::refused), HasSubstr("it must be")) << pointer;
    broken[at] = whole[at];
    ++tried;
  });
  EXPECT_GT(tried, 150);
}

// What the table does not call optional is missed if it is not there, but only by those who need all.
TEST(WrongKey, MissesKeysThatAreAlwaysThere) {
  const Json whole = detailed();
  for (const ResultKey& row : result_keys()) {
    std::string pointer;
    for (const std::string_view word : words_of(row.key)) pointer += "/" + std::string(without_index(word));
    const Json::json_pointer at(pointer);
    if (!whole.contains(at) || row.key.find('.') == std::string_view::npos) continue;
    Json broken = whole;
    broken[at.parent_pointer()].erase(at.back());
    const bool is_optional = rule_of(row).presence == ValueRule::Presence::optional;
    if (is_optional)
      EXPECT_EQ(wrong_key(broken, result_keys(), MissingKeys::refused), "") << pointer;
    else
      EXPECT_THAT(wrong_key(broken, result_keys(), MissingKeys::refused),
                  HasSubstr("there is no " + std::string(row.key.substr(0, row.key.find('[')))))
          << pointer;
    EXPECT_THAT(wrong_key(broken, result_keys(), MissingKeys::allowed), IsEmpty()) << pointer;
  }
}

TEST(WrongKey, RefusesFiguresThatCannotBe) {
  const Json whole = detailed();
  const auto with = [&](const char* pointer, const Json& value) {
    Json broken = whole;
    broken[Json::json_pointer(pointer)] = value;
    return error_of(broken);
  };
  EXPECT_THAT(with("/step/tpot_s", "abc"),
              HasSubstr("r.json: error: is not a sound result: step.tpot_s is \"abc\"; it must be a number (s)"));
  EXPECT_THAT(with("/step/tpot_s", 1e308), HasSubstr("it must be below 1e30 (s)"));
  EXPECT_THAT(with("/step/tpot_s", -1), HasSubstr("step.tpot_s is -1; it must be zero or more (s)"));
  EXPECT_THAT(with("/step/seconds/ci95", {1}), HasSubstr("it must be a list of two ends"));
  EXPECT_THAT(with("/step/seconds/ci95", {2, 1}), HasSubstr("it must be two ends in order"));
  EXPECT_THAT(with("/detail", "abc"), HasSubstr("detail is \"abc\"; it must be an object"));
  EXPECT_THAT(with("/breakdown_s/overhead", 1), HasSubstr("breakdown_s adds up to "));
  EXPECT_THAT(with("/capacity/ledger_bytes_per_gpu/reserve", 1),
              HasSubstr("capacity.ledger_bytes_per_gpu adds up to "));
  EXPECT_THAT(with("/critical_path", Json::array()), HasSubstr("critical_path[].seconds adds up to 0"));
}

TEST(WrongKey, RefusesDetailThatDoesNotFitTogether) {
  const Json whole = detailed();
  const auto with = [&](const char* pointer, const Json& value) {
    Json broken = whole;
    broken[Json::json_pointer(pointer)] = value;
    return error_of(broken);
  };
  EXPECT_THAT(with("/detail/busy_us/1", {1, 2}), HasSubstr("detail.busy_us[1] has 2 values, not 8"));
  EXPECT_THAT(with("/detail/expert_copies", {{1}}), HasSubstr("detail.expert_copies has 1 rows, not 3"));
  EXPECT_THAT(with("/detail/states/0", "busy"), HasSubstr("detail.states are not the keys of breakdown_s"));
  EXPECT_THAT(with("/detail/timelines/0/gpus/3/1", {1, 2, 3}),
              HasSubstr("detail.timelines[0].gpus[3][1] is not [what, state, begin, end]"));
  EXPECT_THAT(with("/detail/timelines/0/gpus/3/1/0", 1000), HasSubstr("begins with no index of detail.whats"));
  EXPECT_THAT(with("/detail/timelines/0/gpus/3/1/3", 1e9), HasSubstr("does not lie in its layer"));
  EXPECT_THAT(with("/detail/traffic_bytes/dispatch/2", {1}),
              HasSubstr("detail.traffic_bytes.dispatch[2] has 1 values, not 8"));
  EXPECT_THAT(with("/detail/traffic_between", "racks"), HasSubstr("detail.traffic_between is neither"));
}

}  // namespace
}  // namespace ringtail
