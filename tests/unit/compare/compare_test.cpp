#include "compare/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "compare/report.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using ringtail::testing::tiny_dense_model;
using ringtail::testing::tiny_deployment;
using ringtail::testing::tiny_moe_model;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

const Term& term(const Comparison& comparison, const std::string& name) {
  for (const Term& each : comparison.terms)
    if (each.name == name) return each;
  throw std::out_of_range(name);
}

Comparison compared(const Deployment& deployment, const closed_form::Switches& switches = {}) {
  return compare(simulate(deployment, plan_batch(deployment), {}), switches);
}

Deployment moe_deployment() {
  return tiny_deployment(tiny_moe_model(), 8, {{.dp = 2, .kvp = 2, .tp = 2}, {.dp = 1, .ep = 4, .tp = 2}}, 64);
}

// The simulation charges all that the closed form does, and activations, tiles and stragglers beside; with the same
// batch and all fractions 1 it can only take longer.
TEST(Compare, SimulationTakesNoLessThanTheClosedForm) {
  Deployment deployment = moe_deployment();
  deployment.routing.popularity = {Popularity::Kind::uniform, 0};
  for (const Model& model : {tiny_dense_model(), tiny_moe_model()}) {
    deployment.model = model;
    const Comparison comparison = compared(deployment);
    for (const char* const name : {"batch", "compute", "hbm", "step"})
      EXPECT_GE(*term(comparison, name).ratio(), 0.99) << model.name << " " << name;
    EXPECT_LE(*term(comparison, "tokens_per_s").ratio(), 1) << model.name;
  }
}

// Weights and cache alone, by hand: one GPU, 2 dense layers of h = 256 with (8 + 2 · 2) · 32 · 256 + 256 · 256 and 3 ·
// 256 · 512 elements, and a head of 1024 · 256, all in bf16; 4 sequences of 2 · 2 · 32 · 2 B · 1024 tokens in 2 layers;
// at 1 TB/s. The simulation reads these and its activations.
TEST(Compare, HbmByHand) {
  const Comparison comparison = compared(tiny_deployment(tiny_dense_model(), 1, {}, 4));
  const double elements = 2 * (12 * 32 * 256 + 256 * 256 + 3 * 256 * 512) + 1024 * 256;
  const double seconds = (2 * elements + 4 * 2.0 * 2 * 32 * 2 * 1024 * 2) / 1e12;
  EXPECT_NEAR(*term(comparison, "hbm").closed_form, seconds, 1e-15);
  EXPECT_GT(*term(comparison, "hbm").simulated, seconds);
  EXPECT_LT(*term(comparison, "hbm").simulated, 1.1 * seconds);
}

/// Layouts of 1, 8 and 64 GPUs that use every dimension.
const std::vector<std::pair<int, Parallelism>> layouts = {
    {1, {}},
    {8, {{.dp = 2, .kvp = 2, .tp = 2}, {.dp = 1, .ep = 4, .tp = 2}}},
    {64, {{.dp = 8, .kvp = 4, .tp = 2}, {.dp = 2, .ep = 8, .tp = 4}}},
};

// An exact limit: tiles of one row and all fractions 1 leave nothing of compute but flops / peak, and the mean over
// GPUs of what is drawn is what is drawn in all, k copies of each token. So formula and simulation are the same number,
// though the one is summed over matrices and the other over kernels of every GPU.
TEST(Compare, ComputeIsTheSameWithoutTiles) {
  for (const auto& [gpus, layout] : layouts) {
    for (const Model& model : {tiny_dense_model(), tiny_moe_model()}) {
      const Comparison comparison = compared(tiny_deployment(model, gpus, layout, 4 * gpus));
      EXPECT_NEAR(*term(comparison, "compute").ratio(), 1, 1e-9) << model.name << " on " << gpus;
    }
  }
}

// Another: a dense model's GPUs do the same at the same time, so nothing but latency and bandwidth is in a collective
// of one round, the fabric's where it leaves the island.
TEST(Compare, DenseCollectivesAreTheSame) {
  closed_form::Switches switches;
  switches.gathers = closed_form::Gathers::direct;
  for (const auto& [gpus, layout] : layouts) {
    Deployment deployment = tiny_deployment(tiny_dense_model(), gpus, layout, 64);
    deployment.collectives.all_reduce = AllReduceAlgorithm::two_shot;
    deployment.collectives.all_gather = deployment.collectives.reduce_scatter = GatherAlgorithm::direct;
    deployment.collectives.all_to_all = AllToAllAlgorithm::direct;
    for (const Term& each : compared(deployment, switches).terms)
      if (each.name.starts_with("collective.")) {
        EXPECT_NEAR(*each.ratio(), 1, 1e-9) << each.name << " on " << gpus;
      }
  }
}

// A formula's collective is the simulation's by name: both have the same ones, except that the formula leaves out what
// takes no time.
TEST(Compare, CollectivesAreTheSame) {
  for (const Parallelism& layout : {Parallelism{{.dp = 2, .kvp = 2, .tp = 2}, {.dp = 1, .ep = 4, .tp = 2}},
                                    Parallelism{{.dp = 8, .kvp = 1, .tp = 1}, {.dp = 1, .ep = 8, .tp = 1}},
                                    Parallelism{{.dp = 2, .kvp = 1, .tp = 4}, {.dp = 1, .ep = 2, .tp = 4}}}) {
    const Comparison comparison = compared(tiny_deployment(tiny_moe_model(), 8, layout, 64));
    int collectives = 0;
    for (const Term& each : comparison.terms) {
      if (!each.name.starts_with("collective.")) continue;
      ++collectives;
      EXPECT_TRUE(each.closed_form.has_value()) << each.name;
      EXPECT_GT(*each.simulated, 0) << each.name;
    }
    EXPECT_GE(collectives, 2);
  }
}

// A deployment beside itself: every ratio is 1, its paired interval a point.
TEST(Compare, ItselfIsItsEqual) {
  const PairedComparison paired = pair(compared(moe_deployment()), compared(moe_deployment()));
  EXPECT_EQ(paired.pairing.pairing, Pairing::paired);
  EXPECT_FALSE(paired.ratios.empty());
  for (const TermRatio& ratio : paired.ratios) {
    EXPECT_EQ(ratio.closed_form.value_or(1), 1) << ratio.name;
    EXPECT_EQ(ratio.simulated.value_or(1), 1) << ratio.name;
    const Interval interval = ratio.ci95.value_or(Interval{1, 1});
    EXPECT_EQ(interval.low, 1) << ratio.name;
    EXPECT_EQ(interval.high, 1) << ratio.name;
  }
}

// Common random numbers: half the HBM bandwidth is felt in every replication alike, so the ratio's paired interval is
// narrower than that of independent replications, and contains the ratio.
TEST(Compare, PairedRatioContainsTheRatioOfMeans) {
  Deployment slow = moe_deployment();
  slow.platform.gpu.hbm.bandwidth /= 2;
  const PairedComparison paired = pair(compared(moe_deployment()), compared(slow));
  for (const TermRatio& ratio : paired.ratios) {
    if (ratio.name != "step") continue;
    ASSERT_TRUE(ratio.ci95.has_value());
    EXPECT_GT(*ratio.simulated, 1);
    EXPECT_LT(ratio.ci95->low, *ratio.simulated);
    EXPECT_GT(ratio.ci95->high, *ratio.simulated);
  }
}

TEST(Compare, InfeasibleHasItsLargestBatchOnly) {
  Deployment deployment = tiny_deployment(tiny_dense_model(), 1, {}, 4);
  deployment.decode.batch = {};
  deployment.platform.gpu.hbm.capacity = 1e6;
  const Comparison comparison = compared(deployment);
  ASSERT_EQ(comparison.terms.size(), 1U);
  EXPECT_EQ(comparison.terms.front().closed_form, 0);
  EXPECT_EQ(comparison.terms.front().simulated, 0);
  EXPECT_THAT(report(comparison, ReportFormat::text), HasSubstr("infeasible: not even one sequence"));
}

// Tables for people show all that either has: an infeasible one has its largest batch alone.
TEST(Report, ShowsAllTermsOfTheSecondBesideAnInfeasibleFirst) {
  Deployment infeasible = tiny_deployment(tiny_dense_model(), 1, {}, 4);
  infeasible.decode.batch = {};
  infeasible.platform.gpu.hbm.capacity = 1e6;
  const PairedComparison paired = pair(compared(infeasible), compared(moe_deployment()));
  const std::string text = report(paired, ReportFormat::markdown);
  for (const Term& term : paired.b.terms) {
    std::string name = term.name;
    std::replace(name.begin(), name.end(), '_', ' ');
    EXPECT_THAT(text, HasSubstr("| " + name.substr(0, name.find('.')))) << term.name;
  }
}

TEST(Report, HasAllFormats) {
  const Comparison comparison = compared(moe_deployment());
  EXPECT_THAT(report(comparison, ReportFormat::text), HasSubstr("simulated / closed form"));
  EXPECT_THAT(report(comparison, ReportFormat::markdown), HasSubstr("| --- | ---: |"));
  EXPECT_THAT(
      report(comparison, ReportFormat::csv),
      StartsWith("deployment,term,unit,closed_form,simulated,ci95_low,ci95_high,ratio\ntiny-moe,largest_batch,"));
  const Json json = Json::parse(report(comparison, ReportFormat::json));
  EXPECT_EQ(json["switches"]["maxima"], "phase");
  EXPECT_EQ(json["deployments"][0]["terms"][1]["term"], "batch");
  EXPECT_EQ(json["deployments"][0]["terms"][1]["simulated"], 64);
  const PairedComparison paired = pair(comparison, compared(tiny_deployment(tiny_dense_model(), 1, {}, 4)));
  const Json both = Json::parse(report(paired, ReportFormat::json));
  EXPECT_EQ(both["deployments"].size(), 2U);
  EXPECT_EQ(both["intervals"], "paired");
  EXPECT_THAT(report(paired, ReportFormat::text), HasSubstr("B / A simulated"));
  EXPECT_THAT(report(paired, ReportFormat::csv), HasSubstr("B / A,step,,"));
}

}  // namespace
}  // namespace ringtail
