#include "config/effective.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "config/catalog.hpp"
#include "config/schema.hpp"
#include "files.hpp"
#include "same.hpp"

namespace ringtail {
namespace {

class Effective : public Files {};

/// The paths of all scalars of a tree.
void leaves(const Node& node, const std::string& path, std::vector<std::string>& out) {
  for (const Entry& entry : node.entries) {
    const std::string below = path.empty() ? entry.key : path + "." + entry.key;
    if (entry.value.kind == Node::Kind::scalar) out.push_back(below);
    leaves(entry.value, below, out);
  }
}

// One odd value per unit and kind of field, so that a lost digit or a wrong unit shows.
const std::vector<std::string> odd = {
    "name=\"a: \\\"b\\\" # \\\\ Grüße\\n\\ttwo lines\"",
    "model.source=' '",
    "platform.gpu.hbm.bandwidth=3.3333333333333335 TB/s",
    "platform.gpu.hbm.capacity=85899345921 B",
    "platform.gpu.launch_overhead=0.1us",
    "platform.gpu.sms=133",
    "platform.gpu.sm_copy_rate=10.1 GB/s",
    "platform.gpu.peak.fp32=1.1 TFLOPS",
    "platform.gpu.kernels.gemm={compute: 0.1, bandwidth: 0.30000000000000004, floor: 2.3us, tile: 64}",
    "platform.gpu.kernels.grouped_gemm.per_item=0.3us",
    "platform.gpu.kernels.latent_attention={floor: 7us, per_item: 0.1ns}",
    "platform.gpu.kernels.fp8={gemm: {compute: 0.7}, attention: {tile: 2}}",
    "platform.gpu.kernels.inter={combine: {floor: 80us}}",
    "platform.gpu.kernels.dispatch={bandwidth: 0.7, per_item: 12ns}",
    "platform.provenance=[{keys: [gpu.kernels, gpu.hbm], kind: fitted, source: them, error: {median: 0.1, p90: 0.3}, "
    "up_to: {rows: 77, context: 3k, batch: 9, message: 3 MiB, ranks: 6}}]",
    "platform.island.latency=1e-21 s",
    "platform.fabric.bandwidth=123456789 Mb/s",
    "platform.fabric.efficiency=0.7",
    "decode.context=1000",
    "decode.assignment=least-loaded",
    "decode.batch={total: 77}",
    "model.mtp.modules=3",
    "decode.mtp={draft: 2, acceptance: 0.7000000000000001}",
    "routing.popularity={zipf: 0.1}",
    "routing.permute=false",
    "routing.redraw=false",
    "routing.capacity=1.25",
    "routing.placement=spread",
    "routing.redundant_experts=17",
    "routing.replica=nearest",
    "routing.correlation={topics: {count: 7, strength: 1.3}, persistence: 0.1, sequence_affinity: 0.7, "
    "layer_affinity: 0.3, bursts: {steps: 11, share: 0.3}}",
    "routing.rebalance={every: 123, window: 7}",
    "runtime={preset: simple, launch: eager, captured_sequences: 3, launch_time: 1.7us, step_overhead: 0.3us, "
    "context_memory: 3 GiB, memory_fraction: 0.93, memory_fraction_of: free, kv_block: 17, max_sequences: 5}",
    "run={steps: 3, warmup: auto, seed: 9007199254740991, precision: 0.7%, max_replications: 77}",
    "collectives={all_reduce: ring, all_gather: ring, dispatch_sms: 20, dense_sms: 16}",
    "network={sharing: coupled, tolerance: 0.001}",
    "precision={weights: bf16, experts: bf16, activations: bf16, dispatch: bf16}",
    "model.published={total_parameters: 1.7B, active_parameters: 3e8}",
    "model.tied_embeddings=true",
    "model.learned_positions=1000",
    "model.attention.window={tokens: 1000, full_every: 3}",
    "model.ffn={intermediate_size: 1000, gated: false, bias: true}",
    "model.moe={experts: 64, experts_per_token: 8, intermediate_size: 512, gated: false, bias: true, expert_groups: "
    "16, groups_per_token: 4}"};

TEST_F(Effective, IsReadBackAsTheSameDeployment) {
  for (const std::vector<std::string>& overrides :
       {std::vector<std::string>{},
        odd,
        {"model=tiny-dense", "name='null'"},
        {"model.moe.every=2", "model.ffn.intermediate_size=7"},
        {"decode.context={uniform: [1000, 3k]}"},
        {"decode.context={lognormal: {median: 1000, sigma: 0.30000000000000004}}"},
        {"decode.context={lognormal: {mean: 1001, sigma: 1, max: 5k}}"},
        {"parallelism={pp: 2, micro_batches: 3, pp_sends: sync, order: [pp, dp], attention: {dp: 4}, ffn: {ep: 4}}"},
        {"routing.popularity=balanced"},
        {"routing.popularity={lognormal: 0.7}"},
        {"routing.popularity={dirichlet: 0.3}"},
        {"routing.popularity={zipf_weights: 1.3}"},
        {"model=tiny-dense", "model.encoder={layers: 3, context: 100}", "model.attention.qkv_bias=true",
         "model.attention.output_bias=true"}}) {
    const Deployment first = loaded(minimal, overrides);
    const Deployment second = loaded(effective_yaml(first));
    EXPECT_TRUE(same(first, second)) << effective_yaml(first);
    EXPECT_EQ(config_hash(first), config_hash(second));
  }
}

TEST_F(Effective, HoldsForTheDeploymentsThatComeWithRingtail) {
  const std::filesystem::path data = RINGTAIL_SOURCE_DIR;
  const auto listings = list_deployments(data);
  EXPECT_GE(listings.size(), 5U);
  for (const Listing& listing : listings) {
    for (const std::vector<std::string>& overrides : {std::vector<std::string>{}, {"decode.context=128k"}}) {
      const LoadResult result = load_deployment(listing.file, overrides, data);
      ASSERT_TRUE(result.deployment) << result.errors;
      EXPECT_TRUE(same(*result.deployment, loaded(effective_yaml(*result.deployment))));
    }
  }
}

// Texts by hand from `odd`; the number of fields by counting the members of the structs.
TEST_F(Effective, ShowsEveryFieldWithItsUnit) {
  const std::string text = effective_yaml(loaded(minimal, odd));
  EXPECT_THAT(text, testing::HasSubstr("    bandwidth: 15.432098625 TB/s\n"));  // 123456789 Mb/s / 8
  EXPECT_THAT(text, testing::HasSubstr("  context: 1000\n"));
  EXPECT_THAT(text, testing::HasSubstr("  context_memory: 3 GiB\n"));
  EXPECT_THAT(text, testing::HasSubstr("      floor: 2.3 us\n"));
  EXPECT_THAT(text, testing::HasSubstr("    total: 77\n"));
  EXPECT_THAT(text, testing::HasSubstr("  total_parameters: 1.7B\n"));
  // Counted in the structs: those of Deployment 1 + 1, Parallelism 8 + 2, Precision 6, Decode 4 + 2, Runtime 10,
  // Routing 7
  // + 7 + 2, Collectives 6 + 2 (no family of its own), NetworkConfig 3, Run 6, Effects 13, Model 7 + 1, Attention 1 + 2
  // + 5 (latent: no KV heads), Ffn 3, Moe 10, PublishedParameters 2, Platform 2 + 2 + 4 + 3 + 16 + 5 + 5 (one switch;
  // lists have no leaves), and of kernels 4 per_item, and 5 each of latent_attention, fp8's two classes, dispatch
  // and inter's combine.
  std::vector<std::string> paths;
  leaves(effective_tree(loaded(minimal, odd)), "", paths);
  EXPECT_EQ(paths.size(), 2U + 10 + 6 + 6 + 10 + 16 + 8 + 3 + 6 + 13 + 31 + 37 + 4 + 25);
}

// FNV-1a's defining property cannot be seen from outside; what matters is that any change changes the hash.
TEST_F(Effective, HashDiffersWithEachField) {
  // Some overrides need a rate, a module, or a placement that depends on loads.
  const std::string rate = "platform.gpu.sm_copy_rate=6 GB/s";
  const std::string mtp = "model.mtp.modules=2";
  const std::string placement = "routing.placement=eplb";
  std::set<std::string> hashes = {config_hash(loaded(minimal)), config_hash(loaded(minimal, {rate, mtp, placement}))};
  EXPECT_EQ(hashes.size(), 2U);
  for (const std::string& override : odd) {
    const auto [hash, is_new] = hashes.insert(config_hash(loaded(minimal, {rate, mtp, placement, override})));
    EXPECT_TRUE(is_new) << override;
    EXPECT_EQ(hash->size(), 16U);
  }
}

}  // namespace
}  // namespace ringtail
