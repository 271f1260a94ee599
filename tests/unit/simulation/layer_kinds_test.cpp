// Decode steps of models with every kind of layer: time by hand, and weights read against weights resident.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "config/catalog.hpp"
#include "config/files.hpp"
#include "config/load.hpp"
#include "decode/decode_program.hpp"
#include "model/weights.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

namespace ringtail {
namespace {

using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_encoder_decoder;
using testing::tiny_moe_model;

DecodeProgram program_of(const Deployment& d, int batch) {
  const int experts = d.model.moe ? d.model.moe->experts : 0;
  const DecodeSpec spec{d.model,
                        d.platform.gpu,
                        Layout(d.parallelism, batch, experts),
                        d.precision,
                        d.collectives,
                        d.decode.context.fixed,
                        d.runtime.kv_block,
                        std::make_shared<const Wiring>(d.platform, d.gpus)};
  std::optional<DecodeProgram::RoutingDraws> routing;
  if (d.model.moe)
    routing.emplace(DecodeProgram::RoutingDraws{
        ExpertSampler({d.model.moe_layers(), experts, d.model.moe->experts_per_token}, d.routing, 1, 0),
        RoutingStatistics(std::vector<int>(static_cast<std::size_t>(experts), 0), 1), 0, 1});
  return {spec, std::move(routing)};
}

struct Moved {
  Flops flops = 0;
  Bytes bytes = 0;
};

/// What the kernels of rank 0 do in one step, by stage.
std::map<std::string, Moved> step_of(const Deployment& deployment, int batch) {
  DecodeProgram program = program_of(deployment, batch);
  std::map<std::string, Moved> sums;
  for (bool ended = false; !ended;) {
    std::vector<Op> ops;
    program.next(0, ops);
    for (const Op& op : ops) {
      if (const auto* const kernel = std::get_if<Kernel>(&op)) {
        Moved& moved = sums[program.stages()[static_cast<std::size_t>(kernel->stage)]];
        moved.flops += kernel->flops;
        moved.bytes += kernel->bytes;
      }
      ended = ended || std::holds_alternative<EndStep>(op);
    }
  }
  return sums;
}

bool reads_weights(const std::string& stage) {
  for (const char* const part :
       {"projection", "qkv_down", "query_up", "key_absorb", "value_up", "_up", "_down", "router", "lm_head"})
    if (stage.find(part) != std::string::npos) return true;
  return false;
}

/// Bytes of weights that one step reads on rank 0: kernels' bytes are weights + tokens · activations, so twice those of
/// one token per rank less those of two. For that every token must visit all experts.
Bytes weights_read(Deployment deployment) {
  if (deployment.model.moe) deployment.model.moe->experts_per_token = deployment.model.moe->experts;
  deployment.routing.popularity = {};
  const auto one = step_of(deployment, deployment.gpus);
  const auto two = step_of(deployment, 2 * deployment.gpus);
  Bytes sum = 0;
  for (const auto& [stage, moved] : one)
    if (reads_weights(stage)) sum += 2 * moved.bytes - two.at(stage).bytes;
  return sum;
}

/// Resident weights less what decoding never reads: the encoder, the projections of its keys and values, norms (their
/// kernels are counted by tokens) and the rows of the embedding. Weights and activations are in bf16.
Bytes weights_to_read(const Deployment& deployment) {
  const Model& model = deployment.model;
  const AttentionParallelism& attention = deployment.parallelism.attention;
  const Ledger ledger = plan_batch(deployment).capacity.ledger;
  Bytes sum = 2 * vocabulary_weights(model, attention.kvp * attention.tp);  // also if the head is the embedding
  for (const char* const line :
       {"attention_weights", "cross_attention", "dense_ffn", "experts", "shared_experts", "router"})
    sum += ledger.at(line);
  if (model.encoder) sum -= 2 * model.layers * (cross_attention_weights(model, attention.tp).kv + model.hidden_size);
  return sum;
}

class ShippedModel : public Files, public ::testing::WithParamInterface<std::string> {
 protected:
  static Deployment on_one_gpu(const std::string& name) {
    Deployment d = tiny_deployment(tiny_dense_model(), 1, {}, 1);
    std::ofstream("d.yaml") << "model: " << name << "\nplatform: h100-sxm\ngpus: 1\ndecode: {context: 4k}\n";
    const LoadResult loaded = load_deployment("d.yaml", {}, RINGTAIL_SOURCE_DIR);
    EXPECT_EQ(loaded.errors, "");
    d.model = loaded.deployment.value_or(d).model;
    return d;
  }
};

// Where every token visits all experts, a step reads every matrix once: what the ledger holds, less what decoding never
// reads. So no step reads more than is resident, whatever the routing.
TEST_P(ShippedModel, ReadsEachResidentWeightOnceAStep) {
  const Deployment d = on_one_gpu(GetParam());
  EXPECT_NEAR(weights_read(d) / weights_to_read(d), 1, 1e-9);
}

// With its own experts per token the whole path runs: kernels, KV, ledger, traffic, accounts. Two islands of four GPUs,
// heads split over two of each where they can be.
TEST_P(ShippedModel, Simulates) {
  Deployment d = on_one_gpu(GetParam());
  d.gpus = 8;
  d.parallelism = {{4, 1, 2}, {1, 8, 1}};
  d.platform.gpu.hbm.capacity = 10e12;
  d.decode.batch = {Batch::Kind::total, 12};
  d.run = {1, 0, 1, 7};
  const BatchPlan plan = plan_batch(d);
  ASSERT_FALSE(plan.error);
  const Result result = simulate(d, plan, {});
  ASSERT_TRUE(result.feasible());
  EXPECT_GT(result.measurement->step.mean, 0);
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Listing& listing : list_models(RINGTAIL_SOURCE_DIR)) names.push_back(listing.name);
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) c = c == '-' || c == '.' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Models, ShippedModel, ::testing::ValuesIn(model_names()), test_name);

// The same of a rank's share, however the model is split: kernels and ledger agree on who holds what.
TEST(LayerKinds, EveryRankReadsItsShareOnceAStep) {
  for (const Model& model : {tiny_dense_model(), tiny_moe_model(), tiny_encoder_decoder()}) {
    for (const Parallelism& layout :
         {Parallelism{{8, 1, 1}, {1, 8, 1}}, Parallelism{{2, 1, 4}, {1, 4, 2}}, Parallelism{{1, 4, 2}, {1, 8, 1}},
          Parallelism{{2, 1, 4}, {2, 4, 1}}, Parallelism{{2, 1, 4}, {2, 1, 4}}}) {
      const Deployment d = tiny_deployment(model, 8, layout, 8);
      EXPECT_NEAR(weights_read(d) / weights_to_read(d), 1, 1e-9) << model.name << " TP" << layout.attention.tp;
    }
  }
}

// 6 tokens at 1024 cached tokens of which layer 0 keeps 100; bf16. h = 256, 8 heads and 2 KV heads of 32.
TEST(LayerKinds, AWindowShortensTheCacheThatIsRead) {
  Model model = tiny_dense_model();
  model.attention.window = AttentionWindow{100, 2};
  const Moved attention = step_of(tiny_deployment(model, 1, {}, 6), 6).at("attention");
  const double tokens = 100 + 1024;  // layers 0 and 1
  EXPECT_EQ(attention.flops, 6 * 4 * 8 * 32 * tokens);
  EXPECT_EQ(attention.bytes, 6 * (tokens * 2 * 2 * 32 * 2 + 2 * 2 * 256 * 2));  // cache; query and output of 2 layers
}

// The encoder has read 300 tokens. Of the cross-attention a step computes queries (256 · 256), 300 keys and values per
// token, and the output projection, each with its bias, in 2 layers.
TEST(LayerKinds, CrossAttentionByHand) {
  const auto step = step_of(tiny_deployment(tiny_encoder_decoder(), 1, {}, 6), 6);
  EXPECT_EQ(step.at("cross_query_projection").flops, 2 * 2 * 6 * 256 * 256.0);
  EXPECT_EQ(step.at("cross_query_projection").bytes, 2 * 2 * (256 * 256 + 256 + 6 * 2 * 256.0));
  EXPECT_EQ(step.at("cross_attention").flops, 2 * 6 * 4 * 8 * 32 * 300.0);
  EXPECT_EQ(step.at("cross_attention").bytes, 2 * 6 * (300 * 2 * 2 * 32 * 2 + 2 * 256 * 2.0));
  EXPECT_EQ(step.at("cross_output_projection").flops, 2 * 2 * 6 * 256 * 256.0);
  EXPECT_EQ(step.at("cross_norm").bytes, 2 * 6 * 4 * 256 * 2.0);
}

// Ungated with biases: up h·f and f, down f·h and h. Layer 0 is dense and gated (f = 512), layer 1 has experts (f =
// 128), of which 6 tokens touch D: 2·copies·h·f flops, and D experts' weights read.
TEST(LayerKinds, BiasedFeedForwardNetworksByHand) {
  const auto step = step_of(tiny_deployment(tiny_encoder_decoder(), 1, {}, 6), 6);
  EXPECT_EQ(step.at("dense_up").flops, 2 * 6 * 256 * 1024.0);
  EXPECT_EQ(step.at("dense_up").bytes, 2 * (256 * 1024 + 1024 + 6 * (256 + 1024.0)));
  EXPECT_EQ(step.at("dense_down").bytes, 2 * (512 * 256 + 256 + 6 * (512 + 256.0)));
  EXPECT_EQ(step.at("expert_up").flops, 2 * 6 * 4 * 256 * 128.0);
  const double activations = 2 * 6 * 4 * (256 + 128.0);
  const double touched = (step.at("expert_up").bytes - activations) / (2 * (256 * 128 + 128));
  EXPECT_EQ(touched, std::floor(touched));
  EXPECT_EQ(step.at("expert_down").bytes - activations, touched * 2 * (128 * 256 + 256));
}

// A table of positions is one more row per token: read two, write one.
TEST(LayerKinds, LearnedPositionsAreOneMoreRow) {
  EXPECT_EQ(step_of(tiny_deployment(tiny_encoder_decoder(), 1, {}, 6), 6).at("embedding").bytes, 6 * 3 * 256 * 2);
  EXPECT_EQ(step_of(tiny_deployment(tiny_dense_model(), 1, {}, 6), 6).at("embedding").bytes, 6 * 2 * 256 * 2);
}

// A cross-attention that reads a long input makes the step longer, and nothing else about the encoder does.
TEST(LayerKinds, OnlyTheEncodersContextCostsTime) {
  const auto step_seconds = [](int layers, int context) {
    Deployment d = tiny_deployment(tiny_encoder_decoder(), 8, {{2, 1, 4}, {1, 8, 1}}, 10);
    d.model.encoder = Encoder{layers, context};
    return simulate(d, plan_batch(d), {}).measurement->step.mean;
  };
  EXPECT_EQ(step_seconds(1, 300), step_seconds(24, 300));
  EXPECT_GT(step_seconds(1, 30000), step_seconds(1, 300));
}

}  // namespace
}  // namespace ringtail
