#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "library/ringtail/ringtail.hpp"

namespace ringtail {
namespace {

const std::string small = R"(
name: a small one
model: llama-3.1-8b
platform: h100-sxm
gpus: 2
parallelism: {attention: {tp: 2}, ffn: {tp: 2}}
decode: {context: 4k, batch: {total: 8}}
run: {steps: 2, warmup: 1, replications: 2}
)";

api::ReadOptions with(std::vector<std::string> set) { return {std::move(set), RINGTAIL_SOURCE_DIR}; }

TEST(Library, HeadlineIsThatOfTheJson) {
  const api::Deployment deployment = api::Deployment::from_text(small, with({}));
  EXPECT_EQ(deployment.name(), "a small one");
  EXPECT_EQ(deployment.gpus(), 2);
  EXPECT_EQ(deployment.batch_total(), 8);
  const api::Outcome outcome = deployment.simulate(2);
  const auto json = nlohmann::json::parse(outcome.json);
  const api::Headline& headline = outcome.headline;
  ASSERT_TRUE(headline.feasible);
  EXPECT_EQ(headline.warnings.size(), json["warnings"].size());
  EXPECT_EQ(headline.batch_total, json["capacity"]["batch_total"]);
  EXPECT_EQ(headline.step_s, json["step"]["seconds"]["mean"]);
  EXPECT_EQ(headline.tpot_s, json["step"]["tpot_s"]);
  ASSERT_TRUE(headline.step_ci95_low_s && headline.step_ci95_high_s);
  EXPECT_EQ(*headline.step_ci95_low_s, json["step"]["seconds"]["ci95"][0]);
  EXPECT_EQ(*headline.step_ci95_high_s, json["step"]["seconds"]["ci95"][1]);
  EXPECT_EQ(headline.tokens_per_s, json["throughput"]["tokens_per_s"]);
  // Eight sequences gain a token each in a step, on two GPUs.
  EXPECT_DOUBLE_EQ(headline.tokens_per_s, 8 / headline.tpot_s);
  EXPECT_DOUBLE_EQ(headline.tokens_per_s_per_gpu, headline.tokens_per_s / 2);
  EXPECT_DOUBLE_EQ(headline.tokens_per_s_per_sequence, headline.tokens_per_s / 8);
}

TEST(Library, OverridesHoldAndCopiesAreTheSame) {
  const api::Deployment deployment = api::Deployment::from_text(small, with({"decode.batch={total: 4}"}));
  const api::Deployment copy = deployment;
  EXPECT_EQ(copy.batch_total(), 4);
  EXPECT_EQ(copy.simulate().headline.step_s, deployment.simulate(2).headline.step_s);
}

TEST(Library, ErrorsAreDiagnostics) {
  try {
    api::Deployment::from_text(small, with({"decode.contxt=4k"}), "mine.yaml");
    FAIL() << "accepted";
  } catch (const api::InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("did you mean 'context'"));
  }
  try {
    api::Deployment::from_text(small, with({"decode.batch={total: 100000}"}), "mine.yaml");
    FAIL() << "accepted";
  } catch (const api::InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("the largest that fits"));
  }
  EXPECT_THROW(api::Deployment::from_file("nothing.yaml", with({})), api::InputError);
}

TEST(Library, WhatDoesNotFitIsAnOutcome) {
  const api::Deployment deployment =
      api::Deployment::from_text(small, with({"platform.gpu.hbm.capacity=4 GB", "decode.batch=max"}));
  EXPECT_EQ(deployment.batch_total(), 0);
  const api::Outcome outcome = deployment.simulate();
  EXPECT_FALSE(outcome.headline.feasible);
  EXPECT_THAT(outcome.headline.infeasible_reason, ::testing::HasSubstr("not even one sequence"));
  EXPECT_EQ(nlohmann::json::parse(outcome.json)["feasible"], false);
}

}  // namespace
}  // namespace ringtail
