// Sequences with lengths of their own in whole decodes, and the batch that their memory allows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "decode/sequence_deal.hpp"
#include "simulation/drawn_batch.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using Kind = ContextLengths::Kind;
using ::testing::HasSubstr;
using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_moe_model;

Deployment moe(int batch = 64) { return tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, batch); }

ContextLengths uniform(int low, int high) { return {.kind = Kind::uniform, .uniform = {low, high}}; }

ContextLengths lognormal(int mean) {
  return {.kind = Kind::lognormal, .lognormal = {.median = {}, .mean = mean, .sigma = 1, .max = {}}};
}

Measurement measure(const Deployment& deployment, int jobs = 1) {
  const BatchPlan plan = plan_batch(deployment);
  EXPECT_FALSE(plan.error) << plan.error->message;
  SimulateOptions options;
  options.jobs = jobs;
  return simulate(deployment, plan, options).measurement.value();
}

/// All that a replication measured but the time it took, and what only drawn lengths have.
std::string text_of(const Measurement& m) {
  std::string text;
  for (Replication replication : m.replications) {
    replication.wall = replication.sampling = replication.peak_memory = 0;
    replication.kv.reset();
    text += serialize(replication);
  }
  return text;
}

/// The layouts in which KV caches are split, windows cut, batches halved, tokens drafted.
std::vector<Deployment> layouts() {
  Deployment split = tiny_deployment(tiny_moe_model(), 8, {{2, 2, 2}, {1, 4, 2}}, 61);
  split.runtime.kv_block = 16;
  Deployment halves = moe();
  halves.decode.overlap = {Overlap::Kind::two_batch};
  Deployment windowed = tiny_deployment(tiny_dense_model(), 4, {{2, 1, 2}, {2, 1, 2}}, 31);
  windowed.model.attention.window = AttentionWindow{100, 2};
  Deployment drafting = moe();
  drafting.model.mtp = Mtp{.modules = 1};
  drafting.decode.mtp = Speculation{1, 0.7};
  Deployment ideal = moe();  // a group keeps the sum of its own sequences, also without remainders
  ideal.effects.remainders = ideal.effects.routing_draws = false;
  return {moe(), split, halves, windowed, drafting, ideal};
}

// All sequences are 1000 tokens long: another way to say it, through the tables of drawn lengths, changes no bit.
TEST(SequenceLengths, OfOneValueAreTheFixedContext) {
  for (Deployment deployment : layouts()) {
    deployment.decode.context = {.fixed = 1000};
    const Measurement fixed = measure(deployment);
    deployment.decode.context = uniform(1000, 1000);
    const Measurement drawn = measure(deployment);
    EXPECT_FALSE(fixed.kv);
    EXPECT_EQ(text_of(fixed), text_of(drawn));
    EXPECT_DOUBLE_EQ(drawn.kv->mean_context, 1000);
    for (const Batch::Kind kind : {Batch::Kind::max, Batch::Kind::total}) {
      deployment.decode.batch.kind = kind;
      Deployment plain = deployment;
      plain.decode.context = {.fixed = 1000};
      const Capacity a = plan_batch(plain).capacity, b = plan_batch(deployment).capacity;
      // Where lengths are drawn there are at most most_drawn_sequences.
      EXPECT_EQ(std::min(a.batch_total, most_drawn_sequences / 8 * 8), std::min(b.batch_total, most_drawn_sequences));
      if (a.batch_total == b.batch_total) {
        EXPECT_EQ(a.ledger.used(), b.ledger.used());
      }
    }
  }
}

TEST(SequenceLengths, DoNotDependOnJobs) {
  Deployment deployment = moe();
  deployment.decode.context = lognormal(1000);
  deployment.decode.assignment = Assignment::random;
  deployment.run.replications = 4;
  const Measurement one = measure(deployment, 1);
  EXPECT_EQ(text_of(one), text_of(measure(deployment, 3)));
  EXPECT_NE(one.replications[0].kv->mean_context, one.replications[1].kv->mean_context);  // redrawn
}

// Common random numbers: the same sequences, with the same experts, on other layouts and under other assignments.
TEST(SequenceLengths, AreSharedByLayoutsAndAssignments) {
  Deployment deployment = moe();
  deployment.decode.context = lognormal(1000);
  const Measurement spread = measure(deployment);
  deployment.decode.assignment = Assignment::least_loaded;
  const Measurement balanced = measure(deployment);
  deployment.parallelism = {{2, 2, 2}, {1, 4, 2}};
  const Measurement grouped = measure(deployment);
  for (const Measurement* other : {&balanced, &grouped}) {
    EXPECT_DOUBLE_EQ(other->kv->mean_context, spread.kv->mean_context);
    EXPECT_EQ(other->kv->longest_context, spread.kv->longest_context);
    EXPECT_DOUBLE_EQ(other->routing->expert_max_over_mean, spread.routing->expert_max_over_mean);
    EXPECT_DOUBLE_EQ(other->routing->distinct_experts, spread.routing->distinct_experts);
  }
  EXPECT_LT(balanced.kv->rank_max_over_mean, spread.kv->rank_max_over_mean);
}

// One token more on the busiest rank is a token more to read: with long contexts the step grows with the imbalance.
TEST(SequenceLengths, LeastLoadedIsFasterWhereAttentionDecides) {
  Deployment deployment = moe();
  deployment.model.layers = 6;
  deployment.routing.popularity = {};
  deployment.decode.context = lognormal(100000);
  const Measurement spread = measure(deployment);
  deployment.decode.assignment = Assignment::least_loaded;
  EXPECT_LT(measure(deployment).step.mean, spread.step.mean);
  deployment.effects.context_lengths = false;  // all are as long as the mean, in groups of eight
  const Measurement even = measure(deployment);
  EXPECT_FALSE(even.kv);
  EXPECT_LT(even.step.mean, spread.step.mean);
}

/// Memory of the fullest GPU by hand: each sequence's blocks, on the first KVP rank, summed over its group.
Bytes kv_of_fullest(const Deployment& d, int batch, int replication) {
  const auto deal = deal_of(d.decode, batch, d.parallelism.attention.dp, d.run.seed, replication);
  const int block = d.runtime.kv_block, kvp = d.parallelism.attention.kvp;
  Bytes most = 0;
  std::size_t place = 0;
  for (const int sequences : deal->of_group) {
    double tokens = 0;
    for (int i = 0; i < sequences; ++i) {
      const int blocks = (deal->contexts[place++] + block - 1) / block;
      tokens += (blocks + kvp - 1) / kvp * block;
    }
    most = std::max(most, tokens * (64 + 8) * 2.0 * d.model.layers);  // latents of tiny_moe_model in bf16
  }
  return most;
}

Deployment small_memory(Assignment assignment) {
  Deployment d = tiny_deployment(tiny_moe_model(), 8, {{4, 2, 1}, {1, 8, 1}}, 1);
  d.model.attention = {8, 8, 0, LatentAttention{64, 64, 16, 8, 16}};
  d.platform.gpu.hbm.capacity = 3e9;
  d.runtime.kv_block = 64;
  d.decode.context = lognormal(3000);
  d.decode.assignment = assignment;
  d.decode.batch = {};
  d.run.replications = 4;
  return d;
}

// The largest batch fits as each replication draws it, the ledger's line of KV is the fullest one's, and with one more
// sequence per group some replication does not fit.
TEST(SequenceLengths, LargestBatchFitsAsDrawnInEveryReplication) {
  for (const Assignment assignment : {Assignment::round_robin, Assignment::random, Assignment::least_loaded}) {
    const Deployment d = small_memory(assignment);
    const BatchPlan plan = plan_batch(d);
    ASSERT_FALSE(plan.error) << plan.error->message;
    const int batch = plan.capacity.batch_total;
    EXPECT_GT(batch, 100);
    Bytes most = 0;
    for (int r = 0; r < 4; ++r) most = std::max(most, kv_of_fullest(d, batch, r));
    EXPECT_GE(most, plan.capacity.ledger.at("kv_cache"));  // another group may have more sequences, and so buffers
    EXPECT_TRUE(plan.capacity.ledger.fits());
    DrawnBatches drawn(d);
    bool fits = true;
    for (int r = 0; r < 4; ++r) {
      EXPECT_TRUE(drawn.fits(drawn.load(r, batch)));
      EXPECT_DOUBLE_EQ(drawn.ledger(drawn.load(r, batch)).at("kv_cache"), kv_of_fullest(d, batch, r));
      fits = fits && drawn.fits(drawn.load(r, batch + 4));
    }
    EXPECT_FALSE(fits);
  }
}

// What is even leaves room for more.
TEST(SequenceLengths, BalancedCachesLeaveRoomForMoreSequences) {
  const auto batch = [](Assignment a) { return plan_batch(small_memory(a)).capacity.batch_total; };
  EXPECT_GT(batch(Assignment::least_loaded), batch(Assignment::round_robin));
  Deployment fixed = small_memory(Assignment::round_robin);
  fixed.decode.context = {.fixed = 3000};
  EXPECT_GE(plan_batch(fixed).capacity.batch_total, batch(Assignment::least_loaded) * 9 / 10);
}

TEST(SequenceLengths, BatchThatDoesNotFitSaysByHowMuch) {
  Deployment d = small_memory(Assignment::round_robin);
  const int largest = plan_batch(d).capacity.batch_total;
  d.decode.batch = {Batch::Kind::total, 2 * largest};
  const BatchPlan plan = plan_batch(d);
  ASSERT_TRUE(plan.error);
  EXPECT_THAT(plan.error->message, HasSubstr("does not fit as replication 0 draws it: its fullest GPU lacks "));
  EXPECT_THAT(plan.error->message,
              HasSubstr("the largest that fits in all 4 replications is " + std::to_string(largest)));
  d.decode.batch = {Batch::Kind::total, most_drawn_sequences + 1};
  EXPECT_THAT(plan_batch(d).error->message, HasSubstr("can be drawn one by one"));
  d.decode.context = uniform(1 << 29, 1 << 30);
  EXPECT_THAT(plan_batch(d).infeasible_reason, HasSubstr("not even one sequence"));
}

// With a precision there may be more replications, and all of them must fit.
TEST(SequenceLengths, PrecisionPlansForAllReplicationsThatMayCome) {
  Deployment d = small_memory(Assignment::round_robin);
  const int few = plan_batch(d).capacity.batch_total;
  d.run.precision = 0.01;
  d.run.max_replications = 40;
  EXPECT_EQ(DrawnBatches(d).replications(), 40);
  EXPECT_LE(plan_batch(d).capacity.batch_total, few);
}

TEST(SequenceLengths, GroupsKeepToWhatTheyNeedAndMayHave) {
  Deployment d = small_memory(Assignment::random);
  d.runtime.max_sequences = 40;
  const BatchPlan plan = plan_batch(d);
  EXPECT_EQ(plan.capacity.limit, "max_sequences");
  EXPECT_LE(plan.capacity.drawn->fullest.sequences, 40);
  EXPECT_LT(plan.capacity.batch_total, 160);  // a group has more than the mean
  d.decode.batch = {Batch::Kind::total, 160};
  EXPECT_THAT(plan_batch(d).error->message, HasSubstr("more than runtime.max_sequences = 40"));
  d.runtime.max_sequences.reset();
  d.decode.overlap = {Overlap::Kind::two_batch};
  d.decode.batch = {Batch::Kind::total, 8};  // two per group on average, so some group surely has fewer
  EXPECT_THAT(plan_batch(d).error->message, HasSubstr("each needs 2"));
}

}  // namespace
}  // namespace ringtail
