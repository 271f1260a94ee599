#include "closed_form/evaluate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "closed_form/distinct_experts.hpp"
#include "closed_form/reuse.hpp"
#include "model/dense_counterpart.hpp"
#include "model/parameters.hpp"
#include "model/published_models.hpp"

namespace ringtail::closed_form {
namespace {

constexpr Seconds unit = 0.585e-6;  // Of table 5; docs/closed-form.md says how it was found.

/// Table 2: 180 GB, 8 TB/s, 4.5 and 2.25 PFLOP/s, 900 GB/s; TP 8, KVP 8 on 64 GPUs. 2.2 us of latency are a fit.
System paper_system(Model model, int context) {
  System system;
  system.model = std::move(model);
  system.platform.gpu.hbm = {180e9, 8e12};
  system.platform.gpu.peak = {.fp8 = 4.5e15, .bf16 = 2.25e15};
  system.platform.island = {.size = 8, .bandwidth = 900e9, .latency = 2.2e-6};
  system.platform.fabric = {.bandwidth = 448e9, .latency = 2.2e-6};
  system.gpus = 64;
  system.parallelism = {{.dp = 1, .kvp = 8, .tp = 8}, {.dp = 1, .ep = 8, .tp = 8}};
  system.context = context;
  return system;
}

Model dense_deepseek() {
  const Model moe = published::deepseek_v3();
  const double parameters = matched_parameters(moe, 5, MatchedParameters::total);
  return dense_counterpart(moe, static_cast<int>(std::round(counterpart_width(moe, parameters))));
}

Switches printed(double batch, Switches switches = paper_switches()) {
  switches.batch = BatchChoice::printed;
  switches.printed_batch = batch;
  return switches;
}

/// In units of table 5, per token.
double in_units(Seconds step, double batch) { return step / batch / unit; }

// Table 5, dense: HBM 1 and compute 10 at 1k, HBM 72 at 128k, by the printed batches. By hand at 128k: a 64th of 2 ·
// 576 elements · 2 B · 61 · 131072 is 0.288 GB, 104.85 GB / 8 / 267 is 0.049 GB; at 8 TB/s 42.1 us or 72.0 units.
// Compute at 1k: 2 · 104.85 G / (8 · 4.5 P) = 5.83 us, 9.96 units, and 0.21 of attention. What is printed for compute
// at 128k, 48, does not follow: it is 36 by the same rule.
TEST(Table5, DenseCellsFollowFromThePrintedBatches) {
  const ClosedForm at_1k = evaluate(paper_system(dense_deepseek(), 1024), printed(34263), 0);
  EXPECT_EQ(std::round(in_units(at_1k.hbm, 34263)), 1);
  EXPECT_EQ(std::round(in_units(at_1k.compute, 34263)), 10);
  EXPECT_EQ(std::round(in_units(at_1k.exposed_communication, 34263)), 0);
  const ClosedForm at_128k = evaluate(paper_system(dense_deepseek(), 131072), printed(267), 0);
  EXPECT_EQ(std::round(in_units(at_128k.hbm, 267)), 72);
  EXPECT_NEAR(in_units(at_128k.compute, 267), 36.4, 0.1);
}

// Table 5, MoE at 128k: HBM 433 against the dense 72 appears only if the pool is charged E / k times. With P / 64 per
// GPU it is 355: 61.6 of KV and 671.03 GB / 64 / (244 / 32) = 1.375 GB or 293.8 units. By the paper's own words it
// is 71.
TEST(Table5, MoeHbmNeedsThePoolChargedManyTimes) {
  const System system = paper_system(published::deepseek_v3(), 131072);
  EXPECT_NEAR(in_units(evaluate(system, printed(244), 0).hbm, 244), 355, 0.5);
  Switches literal = paper_switches();
  literal.expert_traffic = ExpertTraffic::literal;
  EXPECT_NEAR(in_units(evaluate(system, printed(244, literal), 0).hbm, 244), 70.7, 0.05);
}

// Table 5, MoE at 1k: communication 17 only if every token's copies pass one port of 900 GB/s one after another: 58 · 8
// · (7408 + 14336) B in 11.2 us, nine tenths of it 17.2 units. By the all-to-all formula the KVP exchange adds half a
// unit. Compute, the printed 1, is 0.46 with 64 ways: s · 671 G in 64 shares is 0.25 and attention 0.21.
TEST(Table5, MoeAt1k) {
  const ClosedForm at_1k = evaluate(paper_system(published::deepseek_v3(), 1024), printed(31349), 0);
  Seconds moe = 0;
  for (const Collective& collective : at_1k.collectives)
    moe += collective.kind == CollectiveKind::moe ? collective.seconds : 0;
  EXPECT_EQ(std::round(in_units(0.9 * moe, 31349)), 17);
  EXPECT_NEAR(in_units(at_1k.exposed_communication, 31349), 17.7, 0.05);
  EXPECT_NEAR(in_units(at_1k.compute, 31349), 0.456, 0.001);
}

// The full-sweep bound: no physical reading reads more than what is resident, whatever the batch.
TEST(FullSweep, PhysicalReadingsKeepIt) {
  const System system = paper_system(published::deepseek_v3(), 131072);
  for (const ExpertTraffic traffic : {ExpertTraffic::literal, ExpertTraffic::distinct}) {
    Switches switches = physical_switches();
    switches.expert_traffic = traffic;
    for (const double batch : {1.0, 30.0, 244.0}) {
      const ClosedForm form = evaluate(system, printed(batch, switches), 0);
      EXPECT_LE(form.hbm * 8e12, form.resident_weights + batch * form.kv_per_sequence);
    }
  }
  const ClosedForm paper = evaluate(system, printed(244), 0);
  EXPECT_GT(paper.hbm * 8e12, paper.resident_weights + 244 * paper.kv_per_sequence);
}

// FFN bytes per step of the MoE and its dense match cross at q = 1/s if all experts are touched, and at B* below it.
TEST(Crossover, OfFfnBytes) {
  System system = paper_system(published::deepseek_v3(), 1024);
  const auto ffn_bytes = [&](const Model& model, double batch, ExpertTraffic traffic) {
    system.model = model;
    Switches switches = paper_switches();
    switches.expert_traffic = traffic;
    switches.dense_shard = DenseShard::all;  // so that both are over 64 GPUs
    return roofline_of(parts(system, switches, batch), Phase::ffn, 1).hbm;
  };
  const Model moe = published::deepseek_v3();
  const auto dense_of = [&](double q) {
    return dense_counterpart(
        moe, static_cast<int>(counterpart_width(moe, ringtail::matched_parameters(moe, q, MatchedParameters::total))));
  };
  EXPECT_LT(ffn_bytes(dense_of(0.99 * 32), 1e4, ExpertTraffic::literal), ffn_bytes(moe, 1e4, ExpertTraffic::literal));
  EXPECT_GT(ffn_bytes(dense_of(1.01 * 32), 1e4, ExpertTraffic::literal), ffn_bytes(moe, 1e4, ExpertTraffic::literal));
  const double batch = crossover_batch(5, 1.0 / 32);
  EXPECT_GT(ffn_bytes(dense_of(5), 0.99 * batch, ExpertTraffic::distinct),
            ffn_bytes(moe, 0.99 * batch, ExpertTraffic::distinct));
  EXPECT_LT(ffn_bytes(dense_of(5), 1.01 * batch, ExpertTraffic::distinct),
            ffn_bytes(moe, 1.01 * batch, ExpertTraffic::distinct));
}

// On one GPU counted matrix by matrix all weights are resident once: the parameter count less norms, embeddings and LM
// head in bf16. Llama's KV cache: 2 · 8 · 128 elements of 2 B in 126 layers per token.
TEST(Parts, HoldTheWholeModelOnce) {
  System system = paper_system(published::llama_3_1_405b(), 1024);
  system.gpus = 1;
  system.parallelism = {};
  const ClosedForm form = evaluate(system, printed(4, physical_switches()), 0);
  const ParameterCount count = count_parameters(system.model);
  EXPECT_NEAR(form.resident_weights, count.total() - count.norms + count.embeddings + count.lm_head, 1);
  EXPECT_EQ(form.kv_per_sequence, 2.0 * 8 * 128 * 2 * 126 * 1024);
  EXPECT_TRUE(form.collectives.empty());
  EXPECT_EQ(form.largest_batch, 0);  // 410 GB
}

// Equation 4 with the reuse of equations 5 and 6: 100 GB at 8 TB/s shared by 10 tokens is 1.25 ms each; of a mixture
// with s = 1/2 only 5 tokens meet each weight.
TEST(Latency, WeightsAreSharedByReuse) {
  EXPECT_NEAR(weight_time_per_token(100e9, 8e12, dense_reuse(10)), 1.25e-3, 1e-15);
  EXPECT_NEAR(weight_time_per_token(100e9, 8e12, expert_reuse(10, 0.5, false)), 2.5e-3, 1e-15);
}

// The larger of compute and HBM of each phase is at least that of both together, and at most twice.
TEST(Maxima, PhasesTakeLonger) {
  const System system = paper_system(published::deepseek_v3(), 4096);
  Switches token = printed(4096, physical_switches());
  token.maxima = Maxima::token;
  const ClosedForm phases = evaluate(system, printed(4096, physical_switches()), 0);
  const ClosedForm whole = evaluate(system, token, 0);
  EXPECT_GE(phases.step, whole.step);
  EXPECT_LE(phases.step, 2 * whole.step);
  EXPECT_EQ(whole.step, std::max(whole.compute, whole.hbm) + whole.exposed_communication);
}

}  // namespace
}  // namespace ringtail::closed_form
