#include "advice/advice.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/files.hpp"
#include "results/json.hpp"

namespace ringtail {
namespace {

/// Islands of one GPU, so that every transfer crosses the fabric; kernels cost what the roofline says and no more.
const std::string platform =
    "platform:\n"
    "  name: plain\n"
    "  gpu: {hbm: {capacity: 80 GB, bandwidth: 3 TB/s}, peak: {fp8: 2 PFLOPS, bf16: 1 PFLOPS}}\n"
    "  island: {size: 1, bandwidth: 450 GB/s}\n"
    "  fabric: {bandwidth: 50 GB/s}\n"
    "run: {steps: 3, warmup: 1, replications: 3}\n"
    "network: {tolerance: 0}\n";

const std::string one_gpu = platform + "model: tiny-dense\ngpus: 1\ndecode: {context: 128k}\n";

const std::string moe = platform +
                        "model: tiny-moe\ngpus: 8\nparallelism: {attention: {dp: 8}, ffn: {ep: 8}}\n"
                        "decode: {context: 4k, batch: {total: 64}}\nrouting: {popularity: {zipf: 0.5}}\n";

class AdviceTest : public Files {
 protected:
  static Result simulated(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    const Deployment deployment = loaded(yaml, overrides);
    return simulate(deployment, plan_batch(deployment), {});
  }

  static Advice advised(const std::string& yaml, int jobs = 1, const std::vector<std::string>& overrides = {}) {
    const Result base = simulated(yaml, overrides);
    SimulateOptions options;
    options.jobs = jobs;
    const Advice advice = advise({"d.yaml", overrides, test_data}, base, options);
    EXPECT_LE(advice.changes.size(), 3U);
    for (const AdvisedChange& each : advice.changes) {
      EXPECT_EQ(each.gain.has_value(), base.feasible()) << each.change.text;
      if (each.gain) {
        EXPECT_GT(each.gain->ci95.low, 0) << each.change.text;
      }
    }
    return advice;
  }

  static const AdvisedChange* find(const Advice& advice, const std::string& path) {
    for (const AdvisedChange& each : advice.changes)
      if (each.change.set.front().starts_with(path)) return &each;
    return nullptr;
  }
};

// All-reduces over a slow fabric are nearly the whole step. Links twice as fast can at most double the throughput, and
// do so as far as the step is theirs.
TEST_F(AdviceTest, TheNetworkBoundGetFabricBandwidth) {
  const std::string yaml = platform +
                           "model: tiny-dense\ngpus: 4\nparallelism: {attention: {tp: 4}, ffn: {tp: 4}}\n"
                           "decode: {context: 128, batch: {total: 512}}\n";
  const Advice advice = advised(yaml, 2, {"platform.fabric.bandwidth=1GB/s"});
  const AdvisedChange* const fabric = find(advice, "platform.fabric.bandwidth=2GB/s");
  ASSERT_NE(fabric, nullptr);
  EXPECT_EQ(fabric->kind, ChangeKind::hardware);
  EXPECT_GT(fabric->gain->mean, 0.9);
  EXPECT_LE(fabric->gain->mean, 1 + 1e-9);
}

// Decode attention over 128k tokens reads the KV cache at about a FLOP per byte, a hundredth of the ridge: all of the
// step is HBM's, so throughput grows with its bandwidth, by a half at most.
TEST_F(AdviceTest, TheHbmBoundGetHbmBandwidth) {
  const Advice advice = advised(one_gpu, 2);
  ASSERT_FALSE(advice.changes.empty());
  EXPECT_EQ(advice.changes.front().change.set, std::vector<std::string>{"platform.gpu.hbm.bandwidth=4.5TB/s"});
  EXPECT_GT(advice.changes.front().gain->mean, 0.45);
  EXPECT_LE(advice.changes.front().gain->mean, 0.5 + 1e-9);
}

// Kernels of 10 ms of launch overhead are a thousand times longer than what they do; the runtime allows no larger batch
// and there is no one to talk to. A smaller batch is worse.
TEST_F(AdviceTest, NothingIsAdvisedWhereNothingHelps) {
  const Advice advice =
      advised(one_gpu, 1, {"platform.gpu.launch_overhead=10ms", "decode.context=4k", "runtime.max_sequences=4"});
  EXPECT_TRUE(advice.changes.empty());
  EXPECT_EQ(advice.tried, 3);    // Half the batch, HBM bandwidth, peak compute.
  EXPECT_EQ(advice.dropped, 1);  // Twice the batch.
}

// The advice is what `simulate` with the same --set says, to the last bit; its gain is that of the replications' own
// throughputs, pace · batch / step; GPUs and base cancel (the base is one replica, of pace 1).
TEST_F(AdviceTest, TheSetArgumentsReproduceIt) {
  const Advice advice = advised(moe, 2);
  ASSERT_FALSE(advice.changes.empty());
  const Result base = simulated(moe);
  for (const AdvisedChange& each : advice.changes) {
    const Result again = simulated(moe, each.change.set);
    EXPECT_EQ(again.measurement->throughput.tokens_per_s_per_gpu, each.tokens_per_s_per_gpu) << each.change.text;
    EXPECT_EQ(again.measurement->step.tpot, each.tpot) << each.change.text;
    double before = 0;
    double after = 0;
    for (std::size_t r = 0; r < 3; ++r) {
      before += base.capacity.batch_total / base.measurement->replications[r].step;
      after += again.capacity.batch_total / again.measurement->replications[r].step *
               again.measurement->replications[r].pace;
    }
    EXPECT_NEAR(each.gain->mean, after / before - 1, 1e-9) << each.change.text;
  }
}

TEST_F(AdviceTest, SameBytesWhateverTheJobs) {
  const Result base = simulated(moe);
  const auto text = [&](int jobs) {
    const auto json = nlohmann::json::parse(to_json(base, advised(moe, jobs)));
    return json["advice"].dump() + json["advice_candidates"].dump();
  };
  const std::string first = text(1);
  EXPECT_EQ(text(3), first);
  EXPECT_NE(first.find("throughput_gain"), std::string::npos);
}

// Weights and context take 2.4 GB; a sequence of 128k tokens in 4 layers of 8 heads of 64 in bf16 takes 1.07 GB: they
// do not fit into 95 % of 3 GB, and do into 95 % of 4.5 GB.
TEST_F(AdviceTest, TheInfeasibleGetWhatMakesThemFeasible) {
  const Advice advice = advised(one_gpu, 1, {"platform.gpu.hbm.capacity=3GB"});
  const AdvisedChange* const capacity = find(advice, "platform.gpu.hbm.capacity=4.5GB");
  ASSERT_NE(capacity, nullptr);
  EXPECT_GT(capacity->tokens_per_s_per_gpu, 0);
  // Or the cache and the weights over two GPUs.
  const AdvisedChange* const gpus = find(advice, "gpus=2");
  ASSERT_NE(gpus, nullptr);
  EXPECT_EQ(gpus->kind, ChangeKind::hardware);
  // Per GPU of those that the changed deployment has.
  std::vector<std::string> all = {"platform.gpu.hbm.capacity=3GB"};
  all.insert(all.end(), gpus->change.set.begin(), gpus->change.set.end());
  EXPECT_EQ(simulated(one_gpu, all).measurement->throughput.tokens_per_s_per_gpu, gpus->tokens_per_s_per_gpu);
}

// A sequence's cache of 1M tokens, 8.6 GB, does not fit on one of these GPUs, nor a half of it, nor 4.5 GB where HBM
// has half as much again; over all four, three doublings of one degree away from DP alone, it does.
TEST_F(AdviceTest, TheInfeasibleGetALayoutThatFits) {
  const Advice advice = advised(platform +
                                    "model: tiny-dense\ngpus: 4\nparallelism: {attention: {dp: 4}, ffn: {dp: 4}}\n"
                                    "decode: {context: 1M}\n",
                                2, {"platform.gpu.hbm.capacity=5GB"});
  const AdvisedChange* const layout = find(advice, "parallelism={");
  ASSERT_NE(layout, nullptr);
  EXPECT_EQ(layout->kind, ChangeKind::deployment);
  EXPECT_GT(layout->tokens_per_s_per_gpu, 0);
}

// The checks may refuse a change for what it asks, never for how it is written or for keys that do not exist; here with
// every lever that needs something particular.
TEST_F(AdviceTest, ChangesAreWellFormed) {
  const std::vector<std::string> overrides = {
      "collectives={all_to_all: ring, attention_all_reduce: ring, sampling_all_gather: direct}",
      "runtime={launch: eager}",
      "platform.fabric={bandwidth: 10GB/s, latency: 3us, topology: torus, dimensions: [2, 4], link_bandwidth: 10GB/s}"};
  const Deployment deployment = loaded(moe, overrides);
  const Result base{deployment, {}, plan_batch(deployment).capacity, "", Measurement{}};
  int accepted = 0;
  for (const Lever& lever : levers()) {
    for (const Change& change : lever.changes(base)) {
      auto all = overrides;
      all.insert(all.end(), change.set.begin(), change.set.end());
      const std::string errors = load(moe, all).errors;
      if (errors.empty()) ++accepted;
      for (const char* const mistake : {"PATH=VALUE", "needs a unit", "must be", "unknown"})
        EXPECT_EQ(errors.find(mistake), std::string::npos) << errors;
    }
  }
  EXPECT_GE(accepted, 10);
}

}  // namespace
}  // namespace ringtail
