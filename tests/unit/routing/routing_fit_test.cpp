// The fit finds parameters that traces were made with, and says what traces cannot tell.

#include "routing/routing_fit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "routing/trace_reader.hpp"
#include "routing/trace_statistics.hpp"

namespace ringtail {
namespace {

RoutingTrace made(int layers, const Correlation& correlation, const std::vector<std::size_t>& lengths) {
  const ExpertSampler::Shape shape = {layers, 32, 4};
  Routing routing;
  routing.popularity = {.kind = Popularity::Kind::lognormal, .lognormal = 0.5};
  routing.correlation = correlation;
  const ExpertSampler sampler(shape, routing, 77, 0);
  RoutingTrace trace = simulated_trace(sampler, shape, lengths, 0);
  for (std::size_t s = 0; s < lengths.size(); ++s) trace.names[s] = std::to_string(s);
  return trace;
}

const FittedParameter& parameter(const RoutingFit& fit, const std::string& name) {
  return *std::find_if(fit.parameters.begin(), fit.parameters.end(), [&](const auto& p) { return p.name == name; });
}

const FitScore& score(const RoutingFit& fit, const std::string& name) {
  return *std::find_if(fit.scores.begin(), fit.scores.end(), [&](const auto& s) { return s.name == name; });
}

// By hand: one layer, two choices. Tokens {0,1} {1,2} {1,2} {3,4} in one sequence share 1, 2 and 0 of 2.
TEST(TraceStatistics, Overlap) {
  const RoutingTrace trace = {1, 2, 6, {"a", "b"}, {{0, 1, 1, 2, 2, 1, 3, 4}, {5, 0}}};
  EXPECT_DOUBLE_EQ(overlap(trace, 1), (0.5 + 1 + 0) / 3);
  EXPECT_DOUBLE_EQ(overlap(trace, 2), (0.5 + 0) / 2);
  EXPECT_TRUE(std::isnan(overlap(trace, 4)));
}

// One choice of two, the same in both layers, in turn 0 1 0 1: the layers share log 2 nats; with those of the token
// half the trace (4, an even number) away too, so that nothing is left of them.
TEST(TraceStatistics, LayerInformation) {
  const RoutingTrace turns = {2, 1, 2, {"a"}, {{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}}};
  EXPECT_NEAR(layer_information(turns, {{0, 1}}), 0, 1e-12);
  // 0 0 1 1 against 1 1 0 0 shifted by 2: as informative. 0 1 1 0 0 1 0 1, by 4: 0 1 1 0 with 0 1 0 1, which is
  // independent.
  const RoutingTrace mixed = {2, 1, 2, {"a"}, {{0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1}}};
  EXPECT_NEAR(layer_information(mixed, {{0, 1}}), std::log(2.0), 1e-12);
}

// Two ranks of one expert each, one choice. Windows of 2 tokens 00 11 00 11: copies of rank 0 are 2 0 2 0, variance
// (4 · 1) / 3; a token's is (8 · 1/4) / 7, twice that for two independent tokens.
TEST(TraceStatistics, Overdispersion) {
  const RoutingTrace trace = {1, 1, 2, {"a"}, {{0, 0, 1, 1, 0, 0, 1, 1}}};
  EXPECT_NEAR(overdispersion(trace, 2, 2), (4.0 / 3) / (2 * 2.0 / 7), 1e-12);
  EXPECT_TRUE(std::isnan(overdispersion(trace, 8, 2)));
}

// Intervals of 95 % for each of five parameters: that all of them cover is not certain, so this is one seed of the
// traces. What matters is that they are narrow and near. Numbers of topics are tried in powers of two.
TEST(RoutingFit, FindsTheParameters) {
  Correlation truth = {.topics = {8, 1.5}};
  truth.persistence = 0.6;
  truth.sequence_affinity = 0.5;
  truth.layer_affinity = 0.5;
  const RoutingFit fit = fit_routing(made(4, truth, std::vector<std::size_t>(80, 60)));
  const auto expect = [&](const std::string& name, double value, double widest) {
    const FittedParameter& p = parameter(fit, name);
    EXPECT_EQ(p.not_identified, "") << name;
    EXPECT_LE(p.low, value) << name;
    EXPECT_GE(p.high, value) << name;
    EXPECT_LT(p.high - p.low, widest) << name;
  };
  expect("topics.count", 8, 13);
  expect("topics.strength", 1.5, 2);
  expect("persistence", 0.6, 0.3);
  expect("sequence_affinity", 0.5, 0.4);
  expect("layer_affinity", 0.5, 0.5);
  for (const FitScore& s : fit.scores) {
    EXPECT_TRUE(s.is_better()) << s.name;
    EXPECT_LT(std::abs(s.fitted - s.measured), 1.5 * s.half_width) << s.name;
  }
  EXPECT_GT(score(fit, "overdispersion_64").measured, 1.5);
  EXPECT_NEAR(score(fit, "overdispersion_64").independent, 1, 0.1);
}

TEST(RoutingFit, SaysWhatATraceCannotTell) {
  Correlation truth = {.topics = {8, 1.5}};
  truth.persistence = 0.6;
  const RoutingFit one_sequence = fit_routing(made(4, truth, {400}));
  EXPECT_NE(parameter(one_sequence, "sequence_affinity").not_identified, "");
  EXPECT_NE(parameter(one_sequence, "topics.count").not_identified, "");
  const RoutingFit one_layer = fit_routing(made(1, truth, std::vector<std::size_t>(20, 20)));
  EXPECT_NE(parameter(one_layer, "layer_affinity").not_identified, "");
  EXPECT_FALSE(score(one_layer, "layer_information").is_known());
  EXPECT_FALSE(score(one_layer, "overdispersion_256").is_known());
  const RoutingFit one_token = fit_routing(made(4, truth, std::vector<std::size_t>(40, 1)));
  EXPECT_NE(parameter(one_token, "persistence").not_identified, "");
  EXPECT_NE(parameter(one_token, "sequence_affinity").not_identified, "");
  EXPECT_FALSE(score(one_token, "overlap_lag_1").is_known());
  EXPECT_THROW((void)fit_routing(made(4, truth, {3})), std::runtime_error);
}

// Real tokens, if the folder with them is there: the model must be worth having, in what it was fitted to and in what
// it was not.
TEST(RoutingFit, BeatsIndependenceOnRealTokens) {
  const char* const folder = std::getenv("RINGTAIL_REFERENCE");
  const auto file = std::filesystem::path(folder ? folder : ".") / "routing_trace_deepseek_v2_lite.csv";
  if (!exists(file)) GTEST_SKIP() << "RINGTAIL_REFERENCE names no folder with routing_trace_deepseek_v2_lite.csv";
  std::ifstream stream(file);
  const TraceRead read = read_trace_csv({std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()}, 0);
  ASSERT_EQ(read.error, "");
  ASSERT_EQ(read.trace.layers, 26);
  ASSERT_EQ(read.trace.experts_per_token, 6);
  ASSERT_EQ(read.trace.tokens(), 3600U);
  const RoutingFit fit = fit_routing(read.trace);
  for (const FitScore& s : fit.scores) EXPECT_TRUE(s.is_better()) << s.name;
  for (const FittedParameter& p : fit.parameters) EXPECT_EQ(p.not_identified, "") << p.name;
}

}  // namespace
}  // namespace ringtail
