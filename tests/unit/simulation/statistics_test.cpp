#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "simulation/run_replications.hpp"
#include "simulation/small_deployments.hpp"
#include "simulation/step_time.hpp"
#include "stats/stopping.hpp"

namespace ringtail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A replication whose steps take these times.
Replication replication(std::vector<Seconds> steps) {
  Replication r;
  for (const Seconds seconds : steps) r.step += seconds / static_cast<double>(steps.size());
  r.step_seconds = std::move(steps);
  return r;
}

/// `count` steps of `low` and `low` + 1 in turn, the first `slow` of which take 5 more.
Replication alternating(int count, int slow = 0, Seconds low = 10) {
  std::vector<Seconds> steps;
  for (int i = 0; i < count; ++i) steps.push_back(low + i % 2 + (i < slow ? 5 : 0));
  return replication(steps);
}

Measurement measured(std::vector<Replication> replications) {
  Measurement m;
  m.step = step_time(replications, 1);
  m.replications = std::move(replications);
  return m;
}

Deployment uneven(int replications) {
  Deployment deployment = testing::tiny_deployment(testing::tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24);
  deployment.run.steps = 3;
  deployment.run.warmup = 1;
  deployment.run.replications = replications;
  return deployment;
}

std::vector<double> steps_of(const std::vector<Replication>& replications) {
  std::vector<double> steps;
  for (const Replication& r : replications) steps.push_back(r.step);
  return steps;
}

SimulatedRun run(const Deployment& deployment, int jobs) {
  return run_replications(deployment, plan_batch(deployment).capacity.batch_total, {.jobs = jobs});
}

// Means 1.5 and 3.5: the interval is Student's over replications, not of batches; steps are pooled pairwise.
TEST(StepTimes, SeveralReplicationsHaveAnIntervalOverThem) {
  const std::vector<Replication> two = {replication({1, 2}), replication({3, 4})};
  const StepTime time = step_time(two, 1);
  EXPECT_EQ(time.mean, 2.5);
  ASSERT_TRUE(time.ci95);
  EXPECT_NEAR(time.ci95->high, 2.5 + 12.7062, 1e-4);  // t_{0.975,1} · √2/√2
  EXPECT_FALSE(time.batches);
  EXPECT_EQ(time.samples, 4U);
  EXPECT_THAT(pooled_steps(two), ElementsAre(2, 3));
}

// One replication: none of 99 steps; of 100 alternating ones batch means are 10.4 and 10.6 in turn, not correlated.
TEST(StepTimes, OneReplicationHasAnIntervalOfBatches) {
  const Measurement few = measured({alternating(99)});
  EXPECT_FALSE(few.step.ci95);
  EXPECT_THAT(warnings_for(few), ElementsAre(HasSubstr("there is no confidence interval")));
  const Measurement many = measured({alternating(100)});
  ASSERT_TRUE(many.step.ci95);
  EXPECT_NEAR((many.step.ci95->high + many.step.ci95->low) / 2, 10.5, 1e-12);
  EXPECT_THAT(warnings_for(many), ElementsAre(HasSubstr("comes from the steps of one replication")));
}

// 60 steps around 10, then 60 around 20: batches follow each other.
TEST(StepTimes, CorrelatedBatchesGiveNoInterval) {
  std::vector<Seconds> steps;
  for (int i = 0; i < 120; ++i) steps.push_back((i < 60 ? 10 : 20) + i % 2);
  const Measurement m = measured({replication(steps)});
  ASSERT_TRUE(m.step.batches);
  EXPECT_TRUE(m.step.batches->correlated);
  EXPECT_FALSE(m.step.ci95);
  EXPECT_THAT(warnings_for(m).front(), HasSubstr("still correlated"));
}

// 10 of 100 steps take 5 more: the mean is 0.5 of 11 too high.
TEST(StepTimes, TooShortAWarmUpIsSaid) {
  Measurement m = measured({alternating(100, 10), alternating(100, 10)});
  m.warmup.steps = 2;
  EXPECT_THAT(warnings_for(m), ElementsAre(HasSubstr("without the first 10 measured ones the mean would be -4.5 %; set "
                                                     "run.warmup to 12")));
  EXPECT_THAT(warnings_for(measured({alternating(100), alternating(100)})), IsEmpty());
}

// Ten steps a side of medians ten apart: replications differ, and bounds of percentiles do not know it.
TEST(StepTimes, AlikeStepsAreSaid) {
  EXPECT_TRUE(measured({alternating(10), alternating(10, 0, 20)}).step.samples_alike);
  EXPECT_FALSE(measured({alternating(10), alternating(10)}).step.samples_alike);
}

// The rule of stopping, applied to as many replications as there may be, must give what the run gave, for a precision
// between what the least number of replications and all of them reach.
TEST(Precision, StopsWhereTheRuleSaysWhateverTheJobs) {
  const std::vector<double> all = steps_of(run(uneven(12), 2).replications);
  const double precision = *relative_half_width(std::span(all).first(2)) / 4;
  const auto needed = replications_needed(all, 2, precision);
  ASSERT_TRUE(needed);
  ASSERT_GT(*needed, 2U);
  Deployment deployment = uneven(2);
  deployment.run.precision = precision;
  deployment.run.max_replications = 12;
  for (const int jobs : {1, 2, 5}) {
    const SimulatedRun stopped = run(deployment, jobs);
    EXPECT_EQ(steps_of(stopped.replications),
              std::vector<double>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(*needed)));
    ASSERT_TRUE(stopped.stopping);
    EXPECT_TRUE(stopped.stopping->reached);
    EXPECT_LE(stopped.stopping->half_width, precision);
  }
}

TEST(Precision, NotReachedWithTheMostReplicationsIsSaid) {
  Deployment deployment = uneven(2);
  deployment.run.precision = 1e-9;
  deployment.run.max_replications = 3;
  const Result result = simulate(deployment, plan_batch(deployment), {.jobs = 2});
  EXPECT_EQ(result.measurement->replications.size(), 3U);
  EXPECT_FALSE(result.measurement->stopping->reached);
  EXPECT_THAT(result.warnings.back(), HasSubstr("was not reached with 3 replications"));
}

// A found warm-up gives the very steps that the same number gives by hand.
TEST(WarmUp, FoundByAPilotIsLikeOneGiven) {
  Deployment deployment = uneven(2);
  deployment.run.warmup.reset();
  const SimulatedRun found = run(deployment, 2);
  EXPECT_EQ(found.warmup.pilot_steps, 100);
  EXPECT_TRUE(found.warmup.over);
  EXPECT_LT(found.warmup.steps, 50);
  deployment.run.warmup = found.warmup.steps;
  EXPECT_EQ(steps_of(run(deployment, 1).replications), steps_of(found.replications));
}

}  // namespace
}  // namespace ringtail
