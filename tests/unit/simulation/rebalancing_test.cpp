// What rebalancing costs a decode.
#include <gtest/gtest.h>

#include <variant>

#include "model/weights.hpp"
#include "simulation/laws.hpp"

namespace ringtail {
namespace {

using testing::measure;
using testing::tiny_deployment;
using testing::tiny_moe_model;

/// 8 GPUs on two islands of 4 with 32 experts and 8 replicas; few tokens are counted, so that placements change.
Deployment rebalanced(const Parallelism& parallelism = {{8, 1, 1}, {1, 8, 1}}, int batch = 24) {
  Deployment deployment = tiny_deployment(tiny_moe_model(), 8, parallelism, batch);
  deployment.routing.placement = PlacementPolicy::eplb;
  deployment.routing.redundant_experts = 8;
  deployment.routing.rebalance = {3, 2};
  deployment.run = {6, 1, 2, 7};
  return deployment;
}

/// Bytes that the ops of one step of a program move from rank to rank, and through HBM, for experts.
struct MovedBytes {
  Bytes sent = 0;
  Bytes read = 0;
  Bytes written = 0;
};

MovedBytes moved_bytes(DecodeProgram& program, int step) {
  MovedBytes moved;
  for (int rank = 0; rank < program.ranks(); ++rank) {
    int at = 0;
    while (at <= step) {
      std::vector<Op> ops;
      program.next(rank, ops);
      for (const Op& op : ops) {
        if (const auto* end = std::get_if<EndStep>(&op)) at = end->step + 1;
        if (at != step) continue;
        if (const auto* post = std::get_if<Post>(&op);
            post && post->exchange->family == static_cast<int>(Family::expert_move))
          for (const Transfer& transfer : post->exchange->row(static_cast<std::size_t>(post->member)))
            moved.sent += transfer.bytes;
        if (const auto* kernel = std::get_if<Kernel>(&op)) {
          if (kernel->stage == static_cast<int>(Stage::expert_send)) moved.read += kernel->bytes;
          if (kernel->stage == static_cast<int>(Stage::expert_receive)) moved.written += kernel->bytes;
        }
      }
    }
  }
  return moved;
}

// What is moved is moved whole: every expert's weights leave a GPU once, are read there, and pass HBM three times where
// they come (into a buffer, out of it, into their slot). All FFN groups are alike. In step 4, the middle of 1 .. 6.
TEST(Rebalancing, MovesWholeExperts) {
  for (const Parallelism& parallelism :
       {Parallelism{{8, 1, 1}, {1, 8, 1}}, Parallelism{{8, 1, 1}, {2, 4, 1}}, Parallelism{{4, 1, 2}, {1, 4, 2}}}) {
    const Deployment d = rebalanced(parallelism);
    const DecodeSpec spec = decode_spec(d, 24);
    DecodeProgram program = decode_program(d, spec, 0);
    Rebalancing again = *rebalancing(d, program.routing()->sampler, 24, 0);
    std::size_t moves = 0;
    for (int layer = 0; layer < d.model.moe_layers(); ++layer) moves += again.moves(4, layer).size();
    const Bytes weights =
        expert_weights(d.model).total() * 2 * static_cast<double>(moves) * parallelism.ffn.dp;  // bf16
    ASSERT_GT(moves, 0U);
    const MovedBytes moved = moved_bytes(program, 4);
    EXPECT_DOUBLE_EQ(moved.sent, weights);
    EXPECT_DOUBLE_EQ(moved.read, weights);
    EXPECT_DOUBLE_EQ(moved.written, 3 * weights);
  }
}

TEST(Rebalancing, NothingMovesBetweenEvents) {
  const Deployment d = rebalanced();
  DecodeProgram program = decode_program(d, decode_spec(d, 24), 0);
  EXPECT_EQ(moved_bytes(program, 3).sent, 0);
}

// Common random numbers: tokens choose as they do without.
TEST(Rebalancing, LeavesTheDrawAsItIs) {
  Deployment without = rebalanced();
  without.routing.rebalance = std::nullopt;
  const RoutingSummary a = *measure(rebalanced()).routing;
  const RoutingSummary b = *measure(without).routing;
  EXPECT_DOUBLE_EQ(a.expert_max_over_mean, b.expert_max_over_mean);
  EXPECT_DOUBLE_EQ(a.distinct_experts, b.distinct_experts);
  EXPECT_DOUBLE_EQ(a.gini, b.gini);
}

// The steps that begin with an event are longer by at least what the GPU that receives most needs: its weights over a
// port of an island, the fastest there is (100 GB/s), and through HBM (1 TB/s). The experts are made large, so that
// what differs between steps otherwise does not count.
TEST(Rebalancing, CostsAtLeastItsBytes) {
  Deployment d = rebalanced();
  d.model.moe->intermediate_size = 8192;
  const Measurement m = measure(d);
  const RebalancingResult& r = m.rebalancing.value();
  EXPECT_EQ(r.summary.events, 2);  // Steps 1 and 4 of 1 .. 6.
  const Bytes received = r.summary.most_received * expert_weights(d.model).total() * 2;
  EXPECT_GT(r.event.value(), received / 100e9 + 3 * received / 1e12);
  EXPECT_DOUBLE_EQ(r.amortised_step(1000).value(), r.without_event + *r.event / 1000);
  // Two of the six measured steps have an event.
  EXPECT_NEAR(r.without_event + *r.event * 2 / 6, m.step.mean, 1e-9 * m.step.mean);
}

// Experts take turns: each step's counts are alike (96 copies are 3 for each of 32), so nothing moves and events cost
// nothing.
TEST(Rebalancing, CostsNothingIfNothingMoves) {
  Deployment d = rebalanced();
  d.routing.popularity = {Popularity::Kind::balanced};
  d.routing.redundant_experts = 0;
  const Measurement m = measure(d);
  EXPECT_EQ(m.rebalancing->summary.moves, 0);
  EXPECT_DOUBLE_EQ(m.rebalancing->summary.fresh_max_over_mean, 1);
}

// All measured steps begin with one: nothing to compare with.
TEST(Rebalancing, CostIsUnknownIfEveryStepHasAnEvent) {
  Deployment d = rebalanced();
  d.routing.rebalance = {1, 1};
  EXPECT_FALSE(measure(d).rebalancing->event);
}

// The buffer that experts arrive in: a layer's 5 slots of each of the 8 GPUs.
TEST(Rebalancing, TakesMemory) {
  Deployment without = rebalanced();
  without.routing.rebalance = std::nullopt;
  EXPECT_DOUBLE_EQ(memory_ledger(rebalanced(), 24).at("communication_buffers") -
                       memory_ledger(without, 24).at("communication_buffers"),
                   5 * expert_weights(without.model).total() * 2);
}

// Every layout and dispatch mode that routes survives it, with two micro-batches and drafts too; the accounts add up,
// which each simulation checks.
TEST(Rebalancing, WorksInEveryLayout) {
  for (Deployment d : testing::many_layouts()) {
    if (!d.model.moe) continue;
    d.routing.placement = PlacementPolicy::spread;
    d.routing.rebalance = {1, 1};
    EXPECT_EQ(measure(d).rebalancing->summary.events, d.run.steps);
  }
  Deployment halves = rebalanced();
  halves.decode.overlap = {Overlap::Kind::two_batch};
  halves.model.mtp = Mtp{1};
  halves.decode.mtp = {1, 0.8};
  EXPECT_EQ(measure(halves).rebalancing->summary.events, 2);
}

}  // namespace
}  // namespace ringtail
