#include "results/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "results/json.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::ordered_json;

/// A result with these steps of its replications and nothing else that takes time than HBM and a dispatch.
Json made(const std::vector<double>& steps, int seed, const std::string& bandwidth = "900 GB/s") {
  Json json = Json::parse(R"({"schema_version": 1,
    "provenance": {"version": "0", "git_commit": "c", "simgrid_version": "s",
                   "deployment": {"name": "n", "platform": {"island": {"bandwidth": ""}}}},
    "feasible": true, "infeasible_reason": null, "capacity": {"batch_total": 8, "limit": "kv_cache"},
    "step": {"seconds": {}}, "per_replication": []})");
  json["provenance"]["seed"] = seed;
  json["provenance"]["deployment"]["platform"]["island"]["bandwidth"] = bandwidth;
  double mean = 0;
  for (const double step : steps) {
    mean += step / static_cast<double>(steps.size());
    json["per_replication"].push_back({{"step_s", step},
                                       {"breakdown_s", {{"hbm_bound", step}}},
                                       {"critical_path_s", {{"attention", step}}},
                                       {"overlap", {{"dispatch", {{"exposed_s", step / 2}}}}}});
  }
  json["step"]["seconds"]["mean"] = mean;
  json["breakdown_s"] = {{"hbm_bound", mean}};
  json["overlap"] = {{"dispatch", {{"algorithm", "ll"}, {"exposed_s", mean / 2}}}};
  json["critical_path"] = {{{"what", "attention"}, {"layer", 0}, {"seconds", mean / 2}},
                           {{"what", "attention"}, {"layer", 1}, {"seconds", mean / 2}}};
  return json;
}

ResultFile read(const Json& json, const std::string& file = "r.json") {
  const ReadResult read = read_result(json.dump(), file);
  EXPECT_EQ(read.error, "");
  return read.result.value_or(ResultFile{});
}

const TimeChange& line(const Difference& difference, const std::string& what) {
  for (const TimeChange& time : difference.times)
    if (time.what == what) return time;
  throw std::out_of_range(what);
}

// Differences 1, 2, 3: mean 2, standard deviation 1, t(0.975, 2) = 4.30265 (any table): 2 ∓ 4.30265/√3.
TEST(Diff, PairedIntervalByHand) {
  const Difference d = diff(read(made({10, 20, 30}, 1)), read(made({11, 22, 33}, 1)));
  EXPECT_EQ(d.pairing, Pairing::paired);
  for (const std::string what : {"step", "breakdown_s.hbm_bound", "critical_path.attention"}) {
    const TimeChange& change = line(d, what);
    EXPECT_DOUBLE_EQ(change.a, 20);
    EXPECT_DOUBLE_EQ(change.difference(), 2);
    ASSERT_TRUE(change.ci95);
    EXPECT_NEAR(change.ci95->low, 2 - 4.30265 / std::sqrt(3), 1e-4);
    EXPECT_NEAR(change.ci95->high, 2 + 4.30265 / std::sqrt(3), 1e-4);
  }
  EXPECT_NEAR(line(d, "overlap.dispatch.exposed_s").ci95->high, 1 + 4.30265 / std::sqrt(3) / 2, 1e-4);
}

// Variances 100 and 121: standard error √(221/3); ν = (221/3)² / ((100/3)²/2 + (121/3)²/2) = 3.96421, whose t(0.975) is
// 2.78636 (its density integrated with Simpson's rule).
TEST(Diff, UnpairedIntervalByHand) {
  const Difference d = diff(read(made({10, 20, 30}, 1)), read(made({11, 22, 33}, 2)));
  EXPECT_EQ(d.pairing, Pairing::unpaired);
  EXPECT_THAT(d.pairing_reason, HasSubstr("seeds differ: 1 and 2"));
  const TimeChange& step = line(d, "step");
  ASSERT_TRUE(step.ci95);
  EXPECT_NEAR(step.ci95->high - 2, 2.78636 * std::sqrt(221.0 / 3), 1e-4);
  EXPECT_NEAR(2 - step.ci95->low, step.ci95->high - 2, 1e-12);
}

TEST(Diff, SaysWhyThereAreNoIntervals) {
  EXPECT_THAT(diff(read(made({10}, 1)), read(made({11}, 1))).pairing_reason, HasSubstr("one replication"));
  Json old = made({10, 20}, 1);
  old.erase("per_replication");
  const Difference d = diff(read(old), read(made({10, 20}, 1)));
  EXPECT_EQ(d.pairing, Pairing::none);
  EXPECT_FALSE(line(d, "step").ci95);
  EXPECT_EQ(diff(read(made({10, 20}, 1)), read(made({10, 20, 30}, 1))).pairing, Pairing::unpaired);
}

TEST(Diff, OfTheSameResultIsEmpty) {
  const ResultFile result = read(made({10, 20, 30}, 1));
  const Difference d = diff(result, result);
  EXPECT_TRUE(d.empty());
  EXPECT_THAT(to_text(d, result, result), HasSubstr("no difference"));
  EXPECT_FALSE(Json::parse(to_json(d, result, result))["is_different"].get<bool>());
}

TEST(Diff, ShowsValuesThatChangedComeAndGo) {
  Json b = made({10, 20}, 1, "450 GB/s");
  b["provenance"]["deployment"]["platform"]["island"].erase("bandwidth");
  b["provenance"]["deployment"]["degrade"] = {{{"gpu", 3}, {"nic", 0.5}}};
  b["overlap"]["dispatch"]["algorithm"] = "intra";
  b["overlap"]["combine"] = {{"algorithm", "ll"}, {"exposed_s", 2}};
  const ResultFile of_a = read(made({10, 20}, 1)), of_b = read(b);
  const Difference d = diff(of_a, of_b);
  const std::string text = to_text(d, of_a, of_b);
  EXPECT_THAT(text, HasSubstr("  platform.island.bandwidth  900 GB/s -> (not given)\n"));
  EXPECT_THAT(text, HasSubstr("  degrade[0].gpu             (not given) -> 3\n"));
  EXPECT_THAT(text, HasSubstr("  dispatch  ll -> intra\n"));
  EXPECT_EQ(line(d, "overlap.combine.exposed_s").a, 0);
  EXPECT_EQ(line(d, "overlap.combine.exposed_s").b, 2);
  const Json json = Json::parse(to_json(d, of_a, of_b));
  EXPECT_EQ(json["configuration"][0]["b"], nullptr);
  EXPECT_EQ(json["algorithms"][0]["b"], "intra");
}

TEST(Diff, ComparesWithAnInfeasibleDeployment) {
  Json b = made({}, 1);
  b["feasible"] = false;
  b["infeasible_reason"] = "too large";
  const ResultFile of_a = read(made({10, 20}, 1)), of_b = read(b);
  const Difference d = diff(of_a, of_b);
  EXPECT_TRUE(d.times.empty());
  EXPECT_THAT(to_text(d, of_a, of_b), HasSubstr("B is infeasible: too large"));
}

std::string error_of(const std::string& text) {
  const ReadResult result = read_result(text, "r.json");
  EXPECT_FALSE(result.result);
  return result.error;
}

TEST(ReadResult, NamesWhatIsWrongWithAFile) {
  EXPECT_THAT(error_of(""), StartsWith("r.json: error: the file is empty\nhelp: "));
  EXPECT_THAT(error_of("{\n  nonsense"), StartsWith("r.json:2:4: error: is not JSON\n"));
  const std::string whole = made({10, 20}, 1).dump(2);
  EXPECT_THAT(error_of(whole.substr(0, whole.size() / 2)), HasSubstr("error: ends in the middle of its JSON\nhelp: "));
  EXPECT_THAT(error_of("[1, 2]"), HasSubstr("is not a result of Ringtail"));
  EXPECT_THAT(error_of("{\"a\": 1}"), HasSubstr("is not a result of Ringtail"));
  Json json = made({10, 20}, 1);
  json["schema_version"] = 2;
  EXPECT_THAT(error_of(json.dump()), HasSubstr("has schema_version 2; this Ringtail reads 1\n"));
  json = made({10, 20}, 1);
  json["step"]["seconds"]["mean"] = "fast";
  EXPECT_THAT(error_of(json.dump()),
              HasSubstr("is not a sound result: step.seconds.mean is \"fast\"; it must be a number (s)\n"));
  json.erase("step");
  EXPECT_THAT(error_of(json.dump()), HasSubstr("is not a complete result: it has no step.seconds.mean\n"));
  json = made({10, 20}, 1);
  json["per_replication"][1].erase("step_s");
  EXPECT_THAT(error_of(json.dump()), HasSubstr("is not a complete result: it has no per_replication.1.step_s\n"));
  json = made({10, 20}, 1);
  json["overlap"]["combine"] = 3;
  EXPECT_THAT(error_of(json.dump()), HasSubstr("overlap.combine is 3; it must be an object\n"));
  EXPECT_THAT(error_of(std::string(100000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(error_of(std::string(65 * 1024 * 1024, ' ')), HasSubstr("is larger than 64 MiB"));
  EXPECT_THAT(error_of("{\"schema_version\": 1e999}"), HasSubstr("is not JSON"));
}

// A result whose parts do not belong together was edited or cut: no interval of it would mean anything.
TEST(ReadResult, RefusesStepsThatContradictEachOther) {
  const std::string mean = "step.seconds.mean is not the mean of per_replication[].step_s\n";
  Json json = made({10, 20}, 1);
  json["per_replication"].erase(1);
  EXPECT_THAT(error_of(json.dump()), HasSubstr(mean));
  json = made({10, 20}, 1);
  json["per_replication"][0]["step_s"] = 11;
  EXPECT_THAT(error_of(json.dump()), HasSubstr(mean));
  EXPECT_THAT(error_of(made({-10, 50}, 1).dump()),
              HasSubstr("per_replication[0].breakdown_s.hbm_bound is -10.0; it must be zero or more (s)"));
  EXPECT_THAT(error_of(made({0}, 1).dump()), HasSubstr("not above zero"));
}

// Names come from files of others; a terminal would obey them.
TEST(Diff, ShowsNoControlCharacters) {
  Json json = made({10, 20}, 1);
  json["provenance"]["deployment"]["name"] = "\x1b[31mred";
  json["provenance"]["deployment"]["\x1b]0;title"] = 1;
  json["overlap"]["\x1b/~x"] = {{"algorithm", "\x1b"}, {"exposed_s", 1}};
  json["critical_path"][0]["what"] = "\x1b";
  const ResultFile a = read(made({10, 20}, 1)), b = read(json);
  EXPECT_EQ(to_text(diff(a, b), a, b).find('\x1b'), std::string::npos);
  EXPECT_EQ(b.algorithms.at("\uFFFD/~x"), "\uFFFD");
}

/// A simulated deployment as read back from its JSON.
ResultFile simulated(Deployment deployment, std::uint64_t seed, double island_bandwidth) {
  deployment.run = {3, 1, 6, seed};
  deployment.platform.island.bandwidth = island_bandwidth;
  return read(Json::parse(to_json(simulate(deployment, plan_batch(deployment), {}))));
}

// With one seed both deployments route every token alike, so what routing adds to both steps cancels; with another seed
// it does not. That is what pairing is for.
TEST(Diff, PairedIntervalsAreNarrowerWhenADeploymentChangesABandwidth) {
  const auto deployment = testing::tiny_deployment(testing::tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  const ResultFile before = simulated(deployment, 7, 100e9);
  const Difference paired = diff(before, simulated(deployment, 7, 50e9));
  const Difference unpaired = diff(before, simulated(deployment, 8, 50e9));
  EXPECT_EQ(paired.pairing, Pairing::paired);
  EXPECT_EQ(unpaired.pairing, Pairing::unpaired);
  const auto width = [](const Difference& d) { return line(d, "step").ci95->high - line(d, "step").ci95->low; };
  EXPECT_LT(width(paired), width(unpaired));
  EXPECT_EQ(paired.configuration.size(), 1U);
  EXPECT_EQ(paired.configuration.front().path, "platform.island.bandwidth");
  // The lines of each replication are those of the result: breakdown and critical path sum to the step.
  for (const auto& replication : before.per_replication) {
    double states = 0, path = 0;
    for (const auto& [what, seconds] : replication) {
      if (what.starts_with("breakdown_s.")) states += seconds;
      if (what.starts_with("critical_path.")) path += seconds;
    }
    EXPECT_NEAR(states / replication.at("step"), 1, 1e-9);
    EXPECT_NEAR(path / replication.at("step"), 1, 1e-9);
  }
}

}  // namespace
}  // namespace ringtail
