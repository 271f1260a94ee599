#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "closed_form/quality.hpp"
#include "config/load.hpp"
#include "model/parameters.hpp"
#include "qs/pair_layout.hpp"
#include "qs/qs_report.hpp"
#include "simulation/layout_choice.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using ringtail::testing::tiny_deployment;
using ringtail::testing::tiny_moe_model;
using ::testing::HasSubstr;
using Json = nlohmann::json;

Result simulated(const Deployment& deployment, const BatchPlan& plan) { return simulate(deployment, plan, {}); }

QsPoint point_of(const Deployment& deployment, double q) {
  return {q, deployment.decode.context.fixed, deployment.gpus, deployment.decode.batch};
}

/// An MoE in every layer without shared experts, whose experts are most of it.
Deployment expert_heavy(int batch) {
  Model model = tiny_moe_model();
  model.moe = Moe{.experts = 16, .experts_per_token = 2, .intermediate_size = 2048};
  Deployment deployment = tiny_deployment(model, 1, {}, batch);
  deployment.routing = {};  // uniform
  return deployment;
}

// An MoE with one expert that every token visits is a dense model: s = 1, and at q = 1 its counterpart has the same
// matrices, but for the router. With the router, the dispatch on the own GPU and its copies free of charge the two read
// and compute the same.
TEST(MatchedPair, OneExpertIsItsOwnCounterpart) {
  Deployment moe = expert_heavy(64);
  moe.model.moe = Moe{.experts = 1, .experts_per_token = 1, .intermediate_size = 4096};
  moe.platform.gpu.launch_overhead = 0;
  const Outcome result = outcome(moe, point_of(moe, 1), LayoutRule::given, simulated);
  const MatchedPair pair = matched_pair(moe, point_of(moe, 1), LayoutRule::given);
  EXPECT_NEAR(count_parameters(pair.dense.deployment.model).total() / count_parameters(moe.model).total(), 1, 1e-3);
  EXPECT_NEAR(*result.physical, 1, 1e-3);
  EXPECT_NEAR(*result.simulated, 1, 0.01);
}

// Equation 17's limit: HBM alone counts, every expert is touched (a batch of 128 leaves one of 16 out with a
// probability of 16 (7/8)^128 = 6e-7), batches are equal and there is hardly any KV cache: the MoE reads its experts'
// weights, the dense model q s times as many, so the two are even at q = 1/s = 8. Activations count 1.3 B / h = 0.5 %
// of the weights.
TEST(QsStudy, FullSweepIsEvenAtOneOverS) {
  Deployment moe = expert_heavy(128);
  moe.decode.context = {.fixed = 1};
  moe.platform.gpu.launch_overhead = 0;
  moe.platform.gpu.peak = {1e21, 1e21, 1e21, 1e21};
  moe.model.hidden_size = 32768;
  moe.model.moe->intermediate_size = 4096;
  moe.platform.gpu.hbm.capacity = 1e15;
  const auto winner = [&](double q) { return outcome(moe, point_of(moe, q), LayoutRule::given, simulated).winner; };
  const BreakEven found = find_break_even(winner, {4, 16}, 0.002, false);
  ASSERT_TRUE(found.bracket);
  EXPECT_EQ(found.bracket->low.winner, Winner::dense);
  EXPECT_NEAR(found.bracket->middle(), 8, 0.08);
}

// Table 3 of arXiv:2603.08960: q s = 0.156 of DeepSeek-V3 and 0.3125 of Qwen3 favour the dense model, 1.25 of Grok-1 at
// q = 5 the MoE, 0.75 and 0.5 at q = 3 and 2 the dense one again.
TEST(QsStudy, PredictsThePrintedWinners) {
  const struct {
    const char* model;
    double q;
    double qs;
    Winner winner;
  } printed[] = {{"deepseek-v3", 5, 0.15625, Winner::dense},
                 {"qwen3-235b-a22b", 5, 0.3125, Winner::dense},
                 {"grok-1", 5, 1.25, Winner::moe},
                 {"grok-1", 3, 0.75, Winner::dense},
                 {"grok-1", 2, 0.5, Winner::dense}};
  for (const auto& [model, q, qs, winner] : printed) {
    const auto loaded =
        load_model(std::filesystem::path(RINGTAIL_SOURCE_DIR) / "workloads/models" / (std::string(model) + ".yaml"));
    Deployment moe = tiny_deployment(*loaded.model, 8, {{.dp = 8}, {.ep = 8}}, 64);
    // Nothing fits into this GPU, so nothing is simulated.
    const QsStudy study = study_qs(moe, {.q = q, .contexts = {}, .sizes = {}, .parts = {false, false, false}});
    EXPECT_DOUBLE_EQ(study.q * study.sparsity, qs) << model;
    EXPECT_EQ(study.predicted, winner) << model << " q = " << q;
    EXPECT_EQ(study.here.winner, Winner::none);
  }
}

TEST(Outcome, KnowsTheWinner) {
  EXPECT_EQ(winner_of(1.1, std::nullopt), Winner::dense);
  EXPECT_EQ(winner_of(0.9, std::nullopt), Winner::moe);
  EXPECT_EQ(winner_of(1, std::nullopt), Winner::even);
  EXPECT_EQ(winner_of(1.1, Interval{1.05, 1.15}), Winner::dense);
  EXPECT_EQ(winner_of(1.1, Interval{0.95, 1.25}), Winner::even);
}

// The counterpart is sized to q s P_total, on the same GPUs; one that is too large loses without being simulated.
TEST(MatchedPair, Sizes) {
  const Deployment moe = expert_heavy(64);
  const MatchedPair pair = matched_pair(moe, point_of(moe, 4), LayoutRule::given);
  const double wanted = 4 * 2.0 / 16 * count_parameters(moe.model).total();
  EXPECT_NEAR(count_parameters(pair.dense.deployment.model).total() / wanted, 1, 1e-3);
  EXPECT_EQ(pair.dense.deployment.run.seed, moe.run.seed);
  const MatchedPair narrow = matched_pair(moe, point_of(moe, 0.01), LayoutRule::given);
  EXPECT_THAT(narrow.dense.impossible, HasSubstr("leaves nothing for the feed-forward network"));
  Deployment small = moe;
  small.platform.gpu.hbm.capacity = 4e9;
  const Outcome large = outcome(small, point_of(small, 100), LayoutRule::given, simulated);
  EXPECT_EQ(large.winner, Winner::moe);
  EXPECT_FALSE(large.simulated);
  EXPECT_THAT(large.dense.obstacle, HasSubstr("not even one sequence"));
}

// The deployment's layout for both models, with as many times the groups as there are GPUs; or of each its own.
TEST(MatchedPair, Layouts) {
  Deployment moe = expert_heavy(64);
  moe.gpus = 8;
  moe.parallelism = {{.dp = 2, .kvp = 2, .tp = 2}, {.dp = 1, .ep = 8, .tp = 1}};
  const auto pair_on = [&](int gpus, LayoutRule rule) {
    QsPoint point = point_of(moe, 4);
    point.gpus = gpus;
    return matched_pair(moe, point, rule);
  };
  const MatchedPair given = pair_on(8, LayoutRule::given);
  EXPECT_EQ(given.moe.deployment.parallelism.ffn.ep, 8);
  EXPECT_EQ(given.dense.deployment.parallelism.attention.kvp, 2);
  EXPECT_EQ(given.dense.deployment.parallelism.ffn.tp, 4);  // the attention group, which one island of 4 holds
  EXPECT_EQ(given.dense.deployment.parallelism.ffn.dp, 2);
  const MatchedPair stretched = pair_on(32, LayoutRule::given);
  EXPECT_EQ(stretched.moe.deployment.parallelism.attention.dp, 8);
  EXPECT_EQ(stretched.moe.deployment.parallelism.ffn.dp, 4);  // 16 experts cannot be on 32 ranks
  EXPECT_EQ(stretched.moe.deployment.parallelism.ffn.ep, 8);
  EXPECT_EQ(stretched.dense.deployment.parallelism.ffn.dp, 8);
  EXPECT_THAT(pair_on(12, LayoutRule::given).moe.impossible, HasSubstr("cannot be stretched to 12"));
  EXPECT_THAT(pair_on(6, LayoutRule::fastest).moe.impossible, HasSubstr("does not fill islands"));
  for (const PairSide& side : {pair_on(8, LayoutRule::fastest).moe, pair_on(8, LayoutRule::fastest).dense}) {
    EXPECT_EQ(side.obstacle(), "");
    EXPECT_EQ(side.deployment.parallelism.attention.ranks(), 8);
  }
}

// By formula nothing that init could choose is faster than the fastest.
TEST(PairLayout, FastestIsFastest) {
  Deployment moe = expert_heavy(64);
  moe.gpus = 8;
  Deployment fastest = moe;
  ASSERT_EQ(lay_out_fastest(fastest), "");
  const auto speed = [](const Deployment& deployment) {
    return closed_form::evaluate(system_of(deployment), closed_form::physical_switches(), 64).tokens_per_s;
  };
  for (const TriedLayout& layout : possible_layouts(moe)) {
    Deployment other = moe;
    other.parallelism = layout.parallelism;
    EXPECT_LE(speed(other), speed(fastest));
  }
}

QsStudy study_with(const QsParts& parts) {
  Deployment moe = expert_heavy(8);
  moe.run = {1, 0, 2, 7};
  return study_qs(moe, {.q = 4, .contexts = {512, 1024}, .sizes = {1, 2}, .accuracy = 0.2, .parts = parts});
}

// All parts are there, each outcome once per deployment, and all formats say the same.
TEST(QsStudy, IsComplete) {
  const QsStudy study = study_with({});
  EXPECT_EQ(study.map.size(), 4u);
  EXPECT_EQ(study.sensitivity.size(), 8u);
  ASSERT_TRUE(study.q_search);
  EXPECT_EQ(study.q_search->outcomes.size(), study.q_search->found.trials.size());
  EXPECT_EQ(study.q_search->found.trials.front().at, 1);
  EXPECT_EQ(study.q_search->found.trials.back().at, 16);  // 2/s
  const Json json = Json::parse(report(study, ReportFormat::json));
  EXPECT_EQ(json["qs"], 0.5);
  EXPECT_EQ(json["predicted"], "dense");
  EXPECT_EQ(json["map"].size(), 4u);
  EXPECT_EQ(json["map"][2]["simulated"], *study.here.simulated);  // 1024 tokens on one GPU
  EXPECT_EQ(json["sensitivity"][0]["knob"], "hbm_capacity");
  const std::string text = report(study, ReportFormat::text);
  for (const char* const part :
       {"q s = 0.5", "Break-even, simulated", "Throughput dense / MoE", "startup latency + 25 %"})
    EXPECT_THAT(text, HasSubstr(part));
  const std::string csv = report(study, ReportFormat::csv);
  EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')),
            2 + study.q_search->outcomes.size() + study.context_search->outcomes.size() +
                study.batch_search->outcomes.size() + 4 + 8);
}

// More HBM bandwidth never slows a step; capacity does not matter to a given batch.
TEST(QsStudy, SensitivityChangesWhatItSays) {
  const QsStudy study = study_with({.break_even = false, .map = false});
  EXPECT_EQ(study.sensitivity[0].outcome.simulated, study.here.simulated);
  EXPECT_NE(study.sensitivity[2].outcome.simulated, study.here.simulated);
  for (const auto& [name, scale] : hardware_knobs()) {
    Platform platform = testing::round_platform(4);
    const Platform before = platform;
    scale(platform, 2);
    const int changed =
        (platform.gpu.hbm.capacity != before.gpu.hbm.capacity) +
        (platform.gpu.hbm.bandwidth != before.gpu.hbm.bandwidth) +
        (platform.island.bandwidth == 2 * before.island.bandwidth &&
         platform.fabric.bandwidth == 2 * before.fabric.bandwidth) +
        (platform.island.latency == 2 * before.island.latency && platform.fabric.latency == 2 * before.fabric.latency);
    EXPECT_EQ(changed, 1) << name;
  }
}

// Same seed, same bytes.
TEST(QsStudy, IsDeterministic) {
  const QsParts map = {.break_even = false, .sensitivity = false};
  EXPECT_EQ(report(study_with(map), ReportFormat::json), report(study_with(map), ReportFormat::json));
}

}  // namespace
}  // namespace ringtail
