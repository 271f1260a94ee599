// What the routing of one decode step costs with its counts: DeepSeek-V3 on 64 GPUs in islands of 8, 128 tokens each.

#include <benchmark/benchmark.h>

#include "decode/dispatch.hpp"

namespace ringtail {
namespace {

constexpr int layers = 58;
constexpr int gpus = 64;

DecodeSpec deepseek(DispatchMode mode) {
  Model model;
  model.layers = layers;
  model.hidden_size = 7168;
  model.moe = Moe{256, 8, 2048, 1, 0};
  Platform platform;
  platform.island.size = 8;
  DecodeSpec spec{model, {}, Layout({{gpus, 1, 1}, {1, gpus, 1}}, 128 * gpus, 256), {}, {},
                  4096,  1,  std::make_shared<const Wiring>(platform, gpus)};
  spec.collectives.dispatch = mode;
  return spec;
}

const Routing zipf{.popularity = {Popularity::Kind::zipf, 0.8}};

/// Draws and counts one step.
void draw_and_count_step(benchmark::State& state) {
  const DecodeSpec spec = deepseek(DispatchMode::inter);
  const TokenMap map(spec, 0);
  const ExpertSampler sampler({layers, 256, 8}, zipf, 1, 0);
  int step = 0;
  for (auto _ : state) {
    for (int layer = 0; layer < layers; ++layer)
      benchmark::DoNotOptimize(count_messages(spec, map, draw_traffic(map, sampler, layer, step)));
    ++step;
  }
}
BENCHMARK(draw_and_count_step)->Unit(benchmark::kMillisecond);

/// Counts one step, drawing excluded.
void count_step(benchmark::State& state) {
  const DecodeSpec spec = deepseek(DispatchMode::inter);
  const TokenMap map(spec, 0);
  const ExpertSampler sampler({1, 256, 8}, zipf, 1, 0);
  std::vector<std::uint32_t> sequences;
  for (std::uint32_t i = 0; i < 128 * gpus; ++i) sequences.push_back(i);
  std::vector<std::uint16_t> chosen(sequences.size() * 8);
  sampler.draw(0, 0, sequences, chosen);
  for (auto _ : state)
    for (int layer = 0; layer < layers; ++layer)
      benchmark::DoNotOptimize(count_messages(spec, map, count_traffic(map, chosen)));
}
BENCHMARK(count_step)->Unit(benchmark::kMillisecond);

/// Makes one step's dispatch and combine exchanges; the argument is a DispatchMode.
void plan_step(benchmark::State& state) {
  const DecodeSpec spec = deepseek(static_cast<DispatchMode>(state.range(0)));
  const TokenMap map(spec, 0);
  const LayerTraffic traffic = draw_traffic(map, ExpertSampler({1, 256, 8}, zipf, 1, 0), 0, 0);
  for (auto _ : state) {
    for (int layer = 0; layer < layers; ++layer) {
      benchmark::DoNotOptimize(dispatch_plan(spec, map, traffic));
      benchmark::DoNotOptimize(combine_plan(spec, map, traffic));
    }
  }
}
BENCHMARK(plan_step)
    ->Arg(static_cast<int>(DispatchMode::ll))
    ->Arg(static_cast<int>(DispatchMode::inter))
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringtail
