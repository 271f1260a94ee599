#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/compare.hpp"
#include "simulation/effects.hpp"
#include "simulation/simulate.hpp"
#include "simulation/small_deployments.hpp"

// The limit in which a simulation is the closed form. Formula and simulation are written apart: matrices summed over
// phases here, kernels and exchanges of every GPU as events there. Without effects both are the same number, to
// rounding.
namespace ringtail {
namespace {

using ringtail::testing::tiny_dense_model;
using ringtail::testing::tiny_deployment;
using ringtail::testing::tiny_moe_model;

Effects none() {
  Effects effects;
  for (const EffectSwitch& each : effect_switches()) effects.*each.member = false;
  return effects;
}

/// Grouped-query attention with a window in some layers and biases everywhere, experts in every second layer.
Model biased_model() {
  Model model = tiny_moe_model();
  model.name = "tiny-biased";
  model.layers = 4;
  model.attention = {8, 4, 32, std::nullopt, true, true, AttentionWindow{100, 2}};
  model.ffn.bias = true;
  model.moe->every = 2;
  model.moe->bias = true;
  return model;
}

/// Everything that the formula does not know.
Deployment rich_deployment(const Model& model, int gpus, const Parallelism& parallelism, int batch) {
  Deployment deployment = tiny_deployment(model, gpus, parallelism, batch);
  Gpu& gpu = deployment.platform.gpu;
  gpu.kernels.gemm = {0.7, 0.8, 2e-6, 16};
  gpu.kernels.grouped_gemm = {0.6, 0.7, 3e-6, 8};
  gpu.kernels.attention = {0.5, 0.9, 1e-6, 1};
  gpu.kernels.memory = {1, 0.6, 1e-6, 1};
  deployment.platform.fabric.switch_latency = 1e-6;
  Degradation slow;
  slow.gpu = 0;
  slow.nic = slow.compute = slow.hbm = 0.5;
  deployment.platform.degrade = {slow};
  deployment.runtime.step_overhead = 1e-4;
  deployment.runtime.kv_block = 64;
  deployment.run = {2, 1, 1, 7};
  return deployment;
}

const std::vector<std::pair<int, Parallelism>> layouts = {
    {1, {}},
    {8, {{.dp = 2, .kvp = 2, .tp = 2}, {.dp = 1, .ep = 4, .tp = 2}}},
    {8, {{.dp = 2, .kvp = 1, .tp = 4}, {.dp = 2, .ep = 1, .tp = 4}}},
    {64, {{.dp = 8, .kvp = 4, .tp = 2}, {.dp = 2, .ep = 8, .tp = 4}}},
    {64, {{.dp = 1, .kvp = 64, .tp = 1}, {.dp = 1, .ep = 64, .tp = 1}}},
};

double step_error(const Deployment& deployment) {
  const Comparison comparison = compare(simulate(deployment, plan_batch(deployment), {}), {});
  for (const Term& term : comparison.terms)
    if (term.name == "step") return *term.ratio() - 1;
  return 1;
}

// Equal to 1e-9 for dense and MoE models on 1, 8 and 64 GPUs, with as many tokens on all GPUs and with remainders.
TEST(Limit, WithoutEffectsASimulationIsTheClosedForm) {
  for (const auto& [gpus, layout] : layouts)
    for (const Model& model : {tiny_dense_model(), tiny_moe_model(), biased_model()})
      for (const int batch : {4 * gpus, 4 * gpus + 3}) {
        Deployment deployment = rich_deployment(model, gpus, layout, batch);
        if (model.moe) {
          deployment.routing.redundant_experts = 0;
          deployment.routing.placement = PlacementPolicy::random;
        }
        EXPECT_GT(step_error(deployment), 0.01) << model.name << " on " << gpus;
        deployment.effects = none();
        EXPECT_NEAR(step_error(deployment), 0, 1e-9)
            << model.name << " on " << gpus << ", batch " << batch << ", tp " << layout.attention.tp;
      }
}

// The same where NICs are shared, islands are meshes, and the fabric is a tree that is oversubscribed.
TEST(Limit, HoldsOnEveryFabric) {
  Deployment deployment =
      rich_deployment(tiny_moe_model(), 64, {{.dp = 8, .kvp = 4, .tp = 2}, {.dp = 1, .ep = 64, .tp = 1}}, 256);
  deployment.effects = none();
  deployment.platform.island.topology = Island::Topology::mesh;
  deployment.platform.fabric.nics_per_island = 2;
  Fabric& fabric = deployment.platform.fabric;
  fabric.topology = Fabric::Topology::fat_tree;
  fabric.leaf_size = 4;
  fabric.oversubscription = 2;
  EXPECT_NEAR(step_error(deployment), 0, 1e-9);
  deployment.network.solver = NetworkSolver::simgrid;  // The oracle carries out times and barriers too.
  EXPECT_NEAR(step_error(deployment), 0, 1e-9);
}

// Drawn lengths are an effect like others: without it the formula's context, their mean, is that of all sequences.
TEST(Limit, HoldsWhereLengthsAreDrawn) {
  for (const Model& model : {tiny_dense_model(), tiny_moe_model(), biased_model()})
    for (const Assignment assignment : {Assignment::round_robin, Assignment::random, Assignment::least_loaded}) {
      Deployment deployment = rich_deployment(model, 8, layouts[1].second, 67);
      deployment.decode.context = {.kind = ContextLengths::Kind::lognormal,
                                   .lognormal = {.median = {}, .mean = 3000, .sigma = 1, .max = {}}};
      deployment.decode.assignment = assignment;
      deployment.effects = none();
      EXPECT_NEAR(step_error(deployment), 0, 1e-9) << model.name;
    }
}

// With a maximum for each kernel the resources' sums are as before, so they are the formula's, and so is every
// collective.
TEST(Limit, WorkAndCollectivesAreTheFormulas) {
  for (const auto& [gpus, layout] : layouts)
    for (const Model& model : {tiny_dense_model(), tiny_moe_model(), biased_model()}) {
      Deployment deployment = rich_deployment(model, gpus, layout, 4 * gpus + 3);
      deployment.effects = none();
      deployment.effects.kernel_maxima = true;
      const Comparison comparison = compare(simulate(deployment, plan_batch(deployment), {}), {});
      for (const Term& term : comparison.terms)
        if (term.name == "compute" || term.name == "hbm" || term.name.starts_with("collective.")) {
          EXPECT_NEAR(term.ratio().value_or(1), 1, 1e-9) << term.name << " of " << model.name << " on " << gpus;
        }
    }
}

/// Seconds of a step.
double step_of(const Deployment& deployment) {
  return simulate(deployment, plan_batch(deployment), {}).measurement->step.mean;
}

// One format of weights for experts and another for the rest, in program and formula.
TEST(Limit, HoldsWithExpertsInAnotherFormat) {
  for (const auto& [gpus, layout] : layouts) {
    Deployment deployment = rich_deployment(tiny_moe_model(), gpus, layout, 4 * gpus + 3);
    deployment.effects = none();
    const double wide = step_of(deployment);
    deployment.precision.experts = Dtype::fp8;  // weights are bf16
    EXPECT_NEAR(step_error(deployment), 0, 1e-9) << gpus;
    EXPECT_LT(step_of(deployment), wide);
  }
}

// Effects whose sign is sure, one at a time above the closed form: each only adds time or work to some kernel or
// collective, and with equal loads all GPUs go on together.
TEST(Limit, EffectsAboveTheClosedFormOnlySlow) {
  for (const auto& [gpus, layout] : layouts)
    for (const Model& model : {tiny_dense_model(), tiny_moe_model()}) {
      Deployment deployment = rich_deployment(model, gpus, layout, 4 * gpus + 3);
      deployment.effects = none();
      const double least = step_of(deployment);
      for (const EffectSwitch& each : effect_switches()) {
        deployment.effects = none();
        deployment.effects.*each.member = true;
        // An algorithm may be better than those of the formula, popular experts leave others untouched, and a draw on
        // one GPU may be of few.
        if (each.name == "collective_algorithms" || each.name == "popularity" || each.name == "routing_draws") continue;
        EXPECT_GE(step_of(deployment), least * (1 - 1e-9)) << each.name << " of " << model.name << " on " << gpus;
      }
    }
}

// The same below the full simulation, where they are left out one at a time. Leaving out barriers is the reverse: skew
// on is never slower than skew off.
TEST(Limit, LeavingOutAnEffectOnlySpeedsUp) {
  for (const Model& model : {tiny_dense_model(), tiny_moe_model()}) {
    Deployment deployment = rich_deployment(model, 8, layouts[1].second, 35);
    const double full = step_of(deployment);
    for (const char* const name : {"kernel_maxima", "kernel_efficiency", "tiles", "overheads", "activations"}) {
      deployment.effects = {};
      for (const EffectSwitch& each : effect_switches())
        if (each.name == name) deployment.effects.*each.member = false;
      EXPECT_LE(step_of(deployment), full * (1 + 1e-9)) << name << " of " << model.name;
    }
    deployment.effects = {};
    deployment.effects.skew = false;
    EXPECT_GE(step_of(deployment), full * (1 - 1e-9)) << model.name;
  }
}

}  // namespace
}  // namespace ringtail
