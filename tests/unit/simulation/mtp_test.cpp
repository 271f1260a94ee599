// Speculative decoding: what a step with drafts does, and what a token then costs.
#include <gtest/gtest.h>

#include <map>
#include <variant>

#include "simulation/laws.hpp"
#include "simulation/replication.hpp"

namespace ringtail {
namespace {

using testing::measure;
using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_moe_model;

Deployment with_mtp(Deployment deployment, int draft, double acceptance = 0) {
  deployment.model.mtp = Mtp{1};
  deployment.decode.mtp = Speculation{draft, acceptance};
  return deployment;
}

Deployment wide_ep() { return tiny_deployment(tiny_moe_model(), 8, {{8, 1, 1}, {1, 8, 1}}, 24); }

/// Kernels of rank 0 in one step, by stage and layer: their number and sums.
struct Sum {
  int kernels = 0;
  Flops flops = 0;
  Bytes bytes = 0;
};
using Step = std::map<std::pair<std::string, int>, Sum>;

Step step_of(const Deployment& d) {
  DecodeProgram program = decode_program(d, decode_spec(d, d.decode.batch.count), 0);
  Step step;
  std::vector<Op> of_rank_0;
  while (of_rank_0.empty() || !std::holds_alternative<EndStep>(of_rank_0.back())) {
    for (int rank = d.gpus - 1; rank >= 0; --rank) {
      std::vector<Op> ops;
      program.next(rank, ops);
      if (rank == 0) of_rank_0.insert(of_rank_0.end(), ops.begin(), ops.end());
    }
  }
  for (const Op& op : of_rank_0) {
    const auto* const kernel = std::get_if<Kernel>(&op);
    if (!kernel) continue;
    Sum& sum = step[{program.stages()[static_cast<std::size_t>(kernel->stage)], kernel->layer}];
    ++sum.kernels;
    sum.flops += kernel->flops;
    sum.bytes += kernel->bytes;
  }
  return step;
}

TEST(Speculation, AcceptedTokensAreAGeometricSum) {
  // Leviathan et al., equation 1: (1 - p^(N + 1)) / (1 - p).
  EXPECT_EQ((Speculation{0, 0.7}.accepted_tokens()), 1);
  EXPECT_DOUBLE_EQ((Speculation{1, 0.85}.accepted_tokens()), 1.85);
  EXPECT_NEAR((Speculation{3, 0.8}.accepted_tokens()), (1 - 0.8 * 0.8 * 0.8 * 0.8) / (1 - 0.8), 1e-15);
  EXPECT_EQ((Speculation{4, 1}.accepted_tokens()), 5);
  EXPECT_EQ((Speculation{4, 0}.accepted_tokens()), 1);
}

TEST(Mtp, NoDraftIsNoMtp) {
  for (const Deployment& deployment : testing::many_layouts()) {
    if (deployment.model.encoder) continue;
    const Measurement with = measure(with_mtp(deployment, 0)), without = measure(deployment);
    EXPECT_EQ(with.step.tpot, without.step.tpot);
    EXPECT_EQ(with.breakdown, without.breakdown);
    EXPECT_EQ(with.throughput.tokens_per_s, without.throughput.tokens_per_s);
    EXPECT_EQ(plan_batch(with_mtp(deployment, 0)).capacity.ledger.used(),
              plan_batch(deployment).capacity.ledger.used());
  }
}

TEST(Mtp, ATokenCostsTheStepByWhatIsAccepted) {
  for (const int draft : {1, 3}) {
    const Measurement all = measure(with_mtp(wide_ep(), draft, 1)), none = measure(with_mtp(wide_ep(), draft, 0));
    EXPECT_DOUBLE_EQ(all.step.tpot, all.step.mean / (draft + 1));
    EXPECT_EQ(all.step.mean, none.step.mean);  // What is computed does not depend on what is accepted.
    EXPECT_EQ(none.step.tpot, none.step.mean);
    EXPECT_NEAR(all.throughput.tokens_per_s / (24 / all.step.tpot), 1, 1e-12);
  }
}

TEST(Mtp, AStepIsTheModelOnAllTokensAndThenTheDrafter) {
  // One GPU, 5 sequences, hidden size 256, 3 layers of which the last has experts; 2 drafts. Tiles are 1.
  const Deployment d = with_mtp(tiny_deployment(tiny_moe_model(), 1, {}, 5), 2);
  const Step step = step_of(d);
  const auto flops = [&](const char* stage, int layer) { return step.at({stage, layer}).flops; };
  // Three query tokens of each sequence in the model and in the first pass (layer 3), one in the second (layer 4).
  const double router = 2.0 * 256 * 32;
  EXPECT_EQ(flops("router", 2), 15 * router);
  EXPECT_EQ(flops("router", 3), 15 * router);
  EXPECT_EQ(flops("router", 4), 5 * router);
  // 4 experts of 3 · 256 · 128 weights for each token.
  EXPECT_EQ(flops("expert_up", 2) + flops("expert_down", 2), 15 * 4 * 2.0 * 3 * 256 * 128);
  EXPECT_EQ(flops("expert_up", 3) + flops("expert_down", 3), 15 * 4 * 2.0 * 3 * 256 * 128);
  EXPECT_EQ(flops("expert_up", 4) + flops("expert_down", 4), 5 * 4 * 2.0 * 3 * 256 * 128);
  // Two hidden vectors to one.
  EXPECT_EQ(flops("draft_projection", 3), 15 * 2.0 * 512 * 256);
  EXPECT_EQ(flops("draft_projection", 4), 5 * 2.0 * 512 * 256);
  // The model's head for every query token, the drafter's for the one token that each pass drafts.
  const double head = 2.0 * 256 * 1024;
  EXPECT_EQ(flops("lm_head", -1), 15 * head);
  EXPECT_EQ(flops("lm_head", 3), 5 * head);
  EXPECT_EQ(flops("lm_head", 4), 5 * head);
  EXPECT_EQ(step.count({"lm_head", 5}), 0U);
  EXPECT_EQ(step.count({"dense_up", 3}), 0U);  // Like the last layer, not like the first.
}

TEST(Mtp, TheCacheIsReadOncePerSequence) {
  const auto attention = [](int draft) {
    return step_of(with_mtp(tiny_deployment(tiny_dense_model(), 1, {}, 5), draft)).at({"attention", 0});
  };
  const Sum one = attention(0), two = attention(1), four = attention(3);
  EXPECT_EQ(two.flops, 2 * one.flops);
  EXPECT_EQ(four.flops, 4 * one.flops);
  // 1024 tokens of 2 KV heads, key and value of 32 in bf16; beside it only the queries and outputs of 8 heads.
  const Bytes cache = 5 * 1024 * (2 * 2 * 32 * 2.0), activations = 5 * (2 * 8 * 32) * 2.0;
  EXPECT_EQ(one.bytes, cache + activations);
  EXPECT_EQ(two.bytes, cache + 2 * activations);
  EXPECT_EQ(four.bytes, cache + 4 * activations);
}

/// The experts of group 0's tokens in step 2 and the first MoE layer.
LayerTraffic draw(const Deployment& d, int tokens_per_sequence) {
  DecodeSpec spec = decode_spec(d, d.decode.batch.count);
  spec.layout = spec.layout.with_tokens_per_sequence(tokens_per_sequence);
  return draw_traffic(TokenMap(spec, 0), decode_program(d, spec, 0).routing()->sampler, 0, 2);
}

TEST(Mtp, EachTokenDrawsForItselfAndTheFirstAsIfAlone) {
  const Deployment d = wide_ep();
  const LayerTraffic one = draw(d, 1), two = draw(d, 2), three = draw(d, 3);
  const auto copies = [](const LayerTraffic& t) { return t.copies_of_slot; };
  int sum_one = 0, sum_three = 0;
  std::vector<int> second, third;
  for (std::size_t expert = 0; expert < 32; ++expert) {
    sum_one += copies(one)[expert];
    sum_three += copies(three)[expert];
    // Token 0 is among two and three, token 1 among three: what they add is theirs alone, so never negative.
    second.push_back(copies(two)[expert] - copies(one)[expert]);
    third.push_back(copies(three)[expert] - copies(two)[expert]);
    EXPECT_GE(second.back(), 0);
    EXPECT_GE(third.back(), 0);
  }
  EXPECT_EQ(sum_one, 24 * 4);
  EXPECT_EQ(sum_three, 3 * 24 * 4);
  EXPECT_NE(second, copies(one));
  EXPECT_NE(third, second);
}

TEST(Mtp, WholeStepsEqualSimGridsOwnModels) {
  for (Deployment deployment : testing::many_layouts()) {
    if (deployment.model.encoder) continue;
    deployment = with_mtp(deployment, 2, 0.5);
    deployment.run = {2, 1, 1, 7};
    const Measurement fluid = measure(deployment);
    deployment.network.solver = NetworkSolver::simgrid;
    EXPECT_NEAR(measure(deployment).step.mean / fluid.step.mean, 1, 1e-9);
  }
}

TEST(Mtp, RunsUnderEachOverlapPolicy) {
  // That states, path and collectives add up is checked in every run.
  for (const Overlap::Kind kind : {Overlap::Kind::shared_expert, Overlap::Kind::two_batch}) {
    Deployment deployment = with_mtp(wide_ep(), 2, 0.5);
    deployment.decode.overlap.kind = kind;
    EXPECT_GT(measure(deployment).step.mean, 0);
  }
}

}  // namespace
}  // namespace ringtail
