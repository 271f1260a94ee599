#include "compare/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "compare/ladder_report.hpp"
#include "simulation/effects.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using ringtail::testing::tiny_dense_model;
using ringtail::testing::tiny_deployment;
using ringtail::testing::tiny_moe_model;
using ::testing::HasSubstr;
using Json = nlohmann::json;

/// Every rung of this one makes a difference.
Deployment rich_deployment() {
  Deployment deployment =
      tiny_deployment(tiny_moe_model(), 8, {{.dp = 2, .kvp = 2, .tp = 2}, {.dp = 1, .ep = 4, .tp = 2}}, 67);
  deployment.platform.gpu.kernels.gemm = {0.7, 0.8, 2e-6, 16};
  deployment.decode.overlap = {Overlap::Kind::shared_expert};
  deployment.platform.fabric.topology = Fabric::Topology::rail;
  deployment.platform.fabric.leaf_size = 1;
  deployment.platform.fabric.oversubscription = 4;
  return deployment;
}

LogRates simulated(Deployment deployment, const Effects& effects) {
  deployment.effects = effects;
  const Result result = simulate(deployment, plan_batch(deployment), {});
  LogRates rates;
  for (const Replication& each : result.measurement->replications)
    rates.push_back(std::log(each.pace * result.capacity.batch_total / each.step));
  return rates;
}

Ladder climbed(const Deployment& deployment) {
  return climb(deployment, plan_batch(deployment).capacity.batch_total,
               [&](const Effects& effects) { return simulated(deployment, effects); });
}

double product(const Ladder& ladder) {
  double log = 0;
  for (const Rung& rung : ladder.rungs)
    if (rung.factor) log += rung.factor->log;
  return std::exp(log);
}

// The rungs lead from the formula to the simulation as it is: their factors multiply to the whole, the lowest simulated
// one is the formula's number, the highest the deployment's.
TEST(Ladder, LeadsFromTheFormulaToTheSimulation) {
  const Deployment deployment = rich_deployment();
  const Ladder ladder = climbed(deployment);
  ASSERT_EQ(ladder.rungs.size(), 11U);
  EXPECT_NEAR(ladder.limit_error, 0, 1e-9);
  EXPECT_NEAR(product(ladder), *ladder.rungs.back().tokens_per_s() / *ladder.rungs.front().tokens_per_s(), 1e-9);
  EXPECT_NEAR(product(ladder), std::exp(total_of(ladder)->log), 1e-9);
  EXPECT_EQ(ladder.rungs.back().rates, simulated(deployment, {}));
  for (const Rung& rung : ladder.rungs) {
    EXPECT_EQ(rung.number, &rung - ladder.rungs.data());
    EXPECT_EQ(rung.is_simulated(), !rung.effects.empty());
    EXPECT_EQ(rung.factor && rung.first && rung.last, rung.number > 0) << rung.name;
  }
  // The first simulated rung is taken first, the last one last.
  EXPECT_NEAR(ladder.rungs[3].factor->log, ladder.rungs[3].first->log, 1e-9);
  EXPECT_NEAR(ladder.rungs[10].factor->log, ladder.rungs[10].last->log, 1e-12);
}

// Each switch is on exactly one rung: otherwise the ladder would not end in the simulation.
TEST(Ladder, HasEveryEffectOnce) {
  const Ladder ladder = climb(rich_deployment(), 67, [](const Effects&) { return LogRates{0}; });
  std::vector<std::string> names;
  for (const Rung& rung : ladder.rungs) names.insert(names.end(), rung.effects.begin(), rung.effects.end());
  std::vector<std::string> all;
  for (const EffectSwitch& each : effect_switches()) all.push_back(each.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(all));
}

/// Each effect costs its tenth, barriers only where draws are unequal.
LogRates invented(const Effects& effects, bool interact) {
  double log = 0;
  for (const EffectSwitch& each : effect_switches()) log -= effects.*each.member ? 0.1 : 0;
  if (interact && effects.skew && effects.routing_draws) log += 0.5;
  return {log, log + 0.001, log - 0.001};
}

// Effects that add up have one factor wherever they are taken; two that act through each other are marked, both of
// them, and no others.
TEST(Ladder, MarksWhatDependsOnTheOrder) {
  Deployment deployment = rich_deployment();
  deployment.platform.fabric.topology = Fabric::Topology::single_switch;
  for (const bool interact : {false, true}) {
    const Ladder ladder = climb(deployment, 67, [&](const Effects& effects) { return invented(effects, interact); });
    for (const Rung& rung : ladder.rungs) {
      if (!rung.is_simulated()) continue;
      const bool interacts = interact && (rung.number == 8 || rung.number == 9);
      EXPECT_EQ(rung.is_order_dependent, interacts) << rung.name;
      EXPECT_NEAR(rung.last->log - rung.first->log, interacts ? 0.5 : 0, 1e-12) << rung.name;
    }
  }
}

// Effects that make no difference are not simulated: a dense model has no draws and no popularity, one switch no
// contention. Left are none, all, and the rungs' own and those that leave one out.
TEST(Ladder, RunsEachSetOfEffectsOnce) {
  int runs = 0;
  Deployment deployment = tiny_deployment(tiny_dense_model(), 8, {{.dp = 8}, {.dp = 8}}, 64);
  std::vector<Effects> seen;
  const Ladder ladder = climb(deployment, 64, [&](const Effects& effects) {
    ++runs;
    for (const Effects& other : seen) EXPECT_FALSE(other == effects);
    seen.push_back(effects);
    return LogRates{0};
  });
  EXPECT_EQ(ladder.rungs.size(), 11U);
  EXPECT_EQ(runs, runs_of_ladder(deployment));
  EXPECT_LT(runs, runs_of_ladder(rich_deployment()));
}

// A ladder beside itself: the ratio is 1 on every rung, and its interval a point.
TEST(Ladder, ItselfIsItsEqual) {
  const auto run = [](const Effects& effects) { return invented(effects, true); };
  const LadderPair ladders = pair(climb(rich_deployment(), 67, run), climb(rich_deployment(), 67, run));
  ASSERT_EQ(ladders.ratios.size(), 11U);
  for (const RungRatio& each : ladders.ratios) {
    EXPECT_EQ(each.ratio->log, 0) << each.name;
    EXPECT_EQ(each.factor.value_or(Factor{}).log, 0) << each.name;
  }
}

TEST(Ladder, IsReportedInEveryFormat) {
  const auto run = [](const Effects& effects) { return invented(effects, true); };
  const Ladder ladder = climb(rich_deployment(), 67, run);
  const Json json = Json::parse(report(ladder, ReportFormat::json));
  const Json& rungs = json["ladders"][0]["rungs"];
  ASSERT_EQ(rungs.size(), 11U);
  double log = 0;
  for (const Json& rung : rungs)
    if (!rung["log_factor"].is_null()) log += rung["log_factor"].get<double>();
  EXPECT_NEAR(log, json["ladders"][0]["total"]["log_factor"].get<double>(), 1e-12);
  EXPECT_TRUE(rungs[9]["order_dependent"]);
  EXPECT_TRUE(rungs[0]["factor"].is_null());
  EXPECT_EQ(rungs[4]["effects"].size(), 4U);

  EXPECT_THAT(report(ladder, ReportFormat::text), HasSubstr("9 no barriers"));
  EXPECT_THAT(report(ladder, ReportFormat::markdown), HasSubstr("| 9 no barriers |"));
  EXPECT_THAT(report(ladder, ReportFormat::csv), HasSubstr("tiny-moe,9,no barriers,"));
  const LadderPair ladders = pair(ladder, ladder);
  EXPECT_THAT(report(ladders, ReportFormat::text), HasSubstr("B / A factor"));
  EXPECT_THAT(report(ladders, ReportFormat::csv), HasSubstr("B / A,9,no barriers,1,1,"));
  EXPECT_EQ(Json::parse(report(ladders, ReportFormat::json))["ratios"].size(), 11U);
}

// Nothing fits: there is a reason instead of rungs.
TEST(Ladder, InfeasibleHasNoRungs) {
  const Ladder ladder{rich_deployment(), 0, "not even one sequence fits", {}};
  EXPECT_THAT(report(ladder, ReportFormat::text), HasSubstr("infeasible: not even one sequence fits"));
  EXPECT_FALSE(Json::parse(report(ladder, ReportFormat::json))["ladders"][0]["feasible"]);
  EXPECT_TRUE(pair(ladder, ladder).ratios.empty());
}

}  // namespace
}  // namespace ringtail
