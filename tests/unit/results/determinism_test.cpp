#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "results/json.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

std::string json_without_engine(const Deployment& deployment, int jobs) {
  SimulateOptions options;
  options.jobs = jobs;
  auto json = nlohmann::json::parse(to_json(simulate(deployment, plan_batch(deployment), options)));
  json.erase("engine");
  return json.dump();
}

TEST(Determinism, SameSeedSameBytesWhateverTheJobs) {
  const auto deployment = testing::tiny_deployment(testing::tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  const std::string first = json_without_engine(deployment, 1);
  EXPECT_EQ(json_without_engine(deployment, 1), first);
  EXPECT_EQ(json_without_engine(deployment, 2), first);
}

TEST(Determinism, AnotherSeedIsAnotherResult) {
  auto deployment = testing::tiny_deployment(testing::tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  const Result first = simulate(deployment, plan_batch(deployment), {});
  deployment.run.seed = 8;
  const Result second = simulate(deployment, plan_batch(deployment), {});
  EXPECT_NE(first.measurement->step.mean, second.measurement->step.mean);
  EXPECT_NE(first.measurement->routing->rank_max_over_mean, second.measurement->routing->rank_max_over_mean);
}

TEST(Determinism, ReplicationsDoNotDependOnHowManyThereAre) {
  // Replication 0's draws depend on (seed, 0) only.
  auto deployment = testing::tiny_deployment(testing::tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  deployment.run.replications = 1;
  const Result one = simulate(deployment, plan_batch(deployment), {});
  EXPECT_FALSE(one.measurement->step.ci95);
  deployment.run.replications = 3;
  const Result three = simulate(deployment, plan_batch(deployment), {});
  ASSERT_TRUE(three.measurement->step.ci95);
  EXPECT_LE(three.measurement->step.ci95->low, three.measurement->step.mean);
}

}  // namespace
}  // namespace ringtail
