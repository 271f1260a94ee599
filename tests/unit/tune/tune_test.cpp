// The search must find what trying everything finds.
#include "tune/tune.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "simulation/small_deployments.hpp"
#include "tune/search.hpp"
#include "tune/tune_report.hpp"

namespace ringtail {
namespace {

using testing::tiny_dense_model;
using testing::tiny_deployment;
using testing::tiny_moe_model;

/// Small deployments with different bottlenecks: launches, HBM, the fabric, skewed routing, memory.
std::vector<Deployment> small_cases() {
  std::vector<Deployment> cases;
  cases.push_back(tiny_deployment(tiny_dense_model(), 4, {{4, 1, 1}, {4, 1, 1}}, 64));
  cases.push_back(tiny_deployment(tiny_moe_model(), 4, {{4, 1, 1}, {1, 4, 1}}, 64));
  cases.push_back(cases.back());
  cases.back().platform.island.size = 2;
  cases.back().platform.fabric.bandwidth = 1e9;
  cases.push_back(cases[0]);
  cases.back().platform.gpu.hbm.capacity = 3.5e9;  // Runtime and reserve take most of it.
  cases.back().decode.context.fixed = 65536;
  cases.back().decode.batch = {};
  cases.push_back(cases[1]);
  cases.back().platform.gpu.launch_overhead = 0;
  cases.back().routing.popularity = {Popularity::Kind::zipf, 0.7};
  cases.back().decode.batch = {Batch::Kind::total, 512};
  return cases;
}

TuneOptions options_with(double margin, Goal goal = Goal::throughput) {
  TuneOptions options;
  options.margin = margin;
  options.goal = goal;
  options.most_simulations = 100000;
  options.jobs = 2;
  return options;
}

/// All points by brief simulation, none pruned.
std::vector<TunedPoint> exhaustive(const Deployment& base, const TuneOptions& given) {
  TuneOptions options = given;
  options.margin = std::numeric_limits<double>::infinity();
  Search search(base, design_space(base).designs, options);
  search.find_best();
  EXPECT_EQ(search.left_out(), 0U);
  const std::size_t points = search.points();
  std::vector<TunedPoint> simulated = search.take_simulated();
  EXPECT_EQ(simulated.size(), points);
  return simulated;
}

double best_of(const std::vector<TunedPoint>& points, const TuneOptions& options) {
  double best = 0;
  for (const TunedPoint& point : points) best = std::max(best, score(point, options));
  return best;
}

TEST(Tune, PruningNeverLosesTheBest) {
  for (const Goal goal : {Goal::throughput, Goal::tpot}) {
    for (const Deployment& base : small_cases()) {
      const TuneOptions options = options_with(TuneOptions().margin, goal);
      const std::vector<TunedPoint> all = exhaustive(base, options);
      Search search(base, design_space(base).designs, options);
      search.find_best();
      const std::vector<TunedPoint> simulated = search.take_simulated();
      EXPECT_EQ(best_of(simulated, options), best_of(all, options)) << base.name;
      EXPECT_GT(best_of(all, options), 0);
    }
  }
}

TEST(Tune, PruningSparesSimulations) {
  // On a GPU a thousand times slower launches and latencies, which the closed form does not know, are nothing, so that
  // forecasts are near, and the large batches of long caches, each read once per token, far behind in time per token.
  Deployment base = small_cases()[3];
  base.platform.gpu.hbm.bandwidth /= 1000;
  base.platform.gpu.peak = {0, 2e9, 1e9, 0.5e9};
  const TuneOptions options = options_with(TuneOptions().margin, Goal::tpot);
  Search search(base, design_space(base).designs, options);
  search.find_best();
  EXPECT_LT(search.take_simulated().size(), search.points() / 2);
}

TEST(Tune, ForecastsAreRarelySlowerThanSimulations) {
  // What the margin is for: by how much a simulated point beats its forecast. In these cases by less than half of the
  // margin, in logarithms.
  double most = 1;
  for (const Deployment& base : small_cases())
    for (const TunedPoint& point : exhaustive(base, options_with(1)))
      most = std::max(most, point.tokens_per_s / point.forecast.tokens_per_s);
  EXPECT_LT(std::log(most), 0.5 * std::log(TuneOptions().margin));
}

TEST(Tune, KeepsToTheLimit) {
  Deployment base = tiny_deployment(tiny_dense_model(), 4, {{4, 1, 1}, {4, 1, 1}}, 64);
  base.decode.batch = {};
  base.platform.gpu.hbm.capacity = 3.5e9;
  TuneOptions options = options_with(TuneOptions().margin);
  const Tuning free = tune(base, options);
  ASSERT_FALSE(free.finalists.empty());
  const Seconds fastest = tune(base, options_with(TuneOptions().margin, Goal::tpot)).finalists.front().point.tpot;
  options.tpot_limit = std::sqrt(fastest * free.finalists.front().point.tpot);
  const Tuning limited = tune(base, options);
  ASSERT_FALSE(limited.finalists.empty());
  const Measurement& best = *limited.finalists.front().result.measurement;
  EXPECT_LE(best.step.tpot, *options.tpot_limit);
  EXPECT_LT(best.throughput.tokens_per_s, free.finalists.front().result.measurement->throughput.tokens_per_s);
  options.tpot_limit = fastest / 10;
  EXPECT_TRUE(tune(base, options).finalists.empty());
}

TEST(Tune, TheFrontHasWhatNothingBeats) {
  const Tuning tuning = tune(small_cases()[3], options_with(TuneOptions().margin));
  for (const TunedPoint& point : tuning.simulated) {
    const bool is_beaten = std::any_of(tuning.simulated.begin(), tuning.simulated.end(), [&](const TunedPoint& other) {
      return other.tokens_per_s >= point.tokens_per_s && other.tpot <= point.tpot &&
             (other.tokens_per_s > point.tokens_per_s || other.tpot < point.tpot);
    });
    const bool is_in_front = std::any_of(tuning.front.begin(), tuning.front.end(), [&](const TunedPoint& other) {
      return other.tokens_per_s == point.tokens_per_s && other.tpot == point.tpot;
    });
    EXPECT_EQ(is_in_front, !is_beaten);
  }
}

TEST(Tune, JobsDoNotMatter) {
  TuneOptions options = options_with(TuneOptions().margin);
  options.most_simulations = 30;
  options.jobs = 1;
  const std::string one = tune_json(tune(small_cases()[1], options));
  options.jobs = 3;
  EXPECT_EQ(tune_json(tune(small_cases()[1], options)), one);
}

TEST(DesignSpace, OfTwoGpusByHand) {
  // One stage: attention DP2, KVP2, CP2 or TP2, dense FFN DP2 or TP2. Two stages of one GPU: one layout. Each with four
  // policies of overlap, of which a dense model has `none`, and chunks where attention and FFN are both TP2.
  Deployment base = tiny_deployment(tiny_dense_model(), 2, {{2, 1, 1}, {2, 1, 1}}, 8);
  base.routing = {};
  const DesignSpace space = design_space(base);
  EXPECT_EQ(space.tried, (4 * 2 + 1) * 4);
  EXPECT_EQ(space.designs.size(), 4U * 2 + 1 + 1);
  int impossible = 0;
  for (const Obstacle& obstacle : space.obstacles) impossible += obstacle.designs;
  EXPECT_EQ(impossible + static_cast<int>(space.designs.size()), space.tried);
}

TEST(Forecast, OfAPipelineIsThatOfItsStagesOneAfterTheOther) {
  // Two stages of one layer each on four GPUs, two micro-batches of five: twice a model of one layer with five.
  Deployment pipeline = tiny_deployment(tiny_dense_model(), 8, {{1, 1, 4}, {1, 1, 4}, {.stages = 2}}, 10);
  Deployment stage = tiny_deployment(tiny_dense_model(), 4, {{1, 1, 4}, {1, 1, 4}}, 5);
  stage.model.layers = 1;
  EXPECT_DOUBLE_EQ(forecast(pipeline, 10).tpot, 2 * forecast(stage, 5).tpot);
  EXPECT_DOUBLE_EQ(forecast(pipeline, 10).tokens_per_s, forecast(stage, 5).tokens_per_s);
}

}  // namespace
}  // namespace ringtail
