// What routing costs per decode step of DeepSeek-V3 at a batch of 8192: 58 MoE layers, top-8 of 256 experts.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "routing/expert_load.hpp"
#include "routing/expert_sampler.hpp"
#include "routing/popularity.hpp"
#include "routing/successive_sampling.hpp"

namespace ringtail {
namespace {

constexpr int layers = 58;
constexpr int experts = 256;
constexpr int k = 8;
constexpr std::uint32_t batch = 8192;

Routing zipf(std::int64_t hundredths) { return {.popularity = {Popularity::Kind::zipf, 0.01 * double(hundredths)}}; }

std::vector<std::uint32_t> sequence_ids() {
  std::vector<std::uint32_t> ids(batch);
  std::iota(ids.begin(), ids.end(), 0U);
  return ids;
}

/// Draws one step; the argument is 100 · Zipf exponent.
void draw_step(benchmark::State& state) {
  const ExpertSampler sampler({layers, experts, k}, zipf(state.range(0)), 1, 0);
  const std::vector<std::uint32_t> ids = sequence_ids();
  std::vector<std::uint16_t> chosen(ids.size() * k);
  std::uint32_t step = 0;
  for (auto _ : state) {
    for (int layer = 0; layer < layers; ++layer) {
      sampler.draw(layer, step, ids, chosen);
      benchmark::DoNotOptimize(chosen.data());
      benchmark::ClobberMemory();
    }
    ++step;
  }
  state.SetItemsProcessed(state.iterations() * layers * batch * k);
}
BENCHMARK(draw_step)->Arg(0)->Arg(50)->Arg(80)->Arg(89)->Unit(benchmark::kMillisecond);

/// Counts the copies of one step's tokens and adds them to the statistics, drawing excluded.
void statistics_step(benchmark::State& state) {
  const ExpertSampler sampler({1, experts, k}, zipf(80), 1, 0);
  std::vector<std::uint16_t> chosen(std::size_t{batch} * k);
  sampler.draw(0, 0, sequence_ids(), chosen);
  std::vector<int> rank_of_expert(experts);
  for (int e = 0; e < experts; ++e) rank_of_expert[static_cast<std::size_t>(e)] = e / 4;
  RoutingStatistics statistics(rank_of_expert, experts / 4);
  std::vector<int> copies(experts);
  for (auto _ : state) {
    for (int layer = 0; layer < layers; ++layer) {
      copies.assign(experts, 0);
      count_experts(chosen, copies);
      statistics.add(copies);
    }
  }
}
BENCHMARK(statistics_step)->Unit(benchmark::kMillisecond);

/// Finds the weights of a shape; arguments: experts, k, 1000 · Zipf exponent.
void calibrate(benchmark::State& state) {
  const Popularity popularity = {Popularity::Kind::zipf, 0.001 * double(state.range(2))};
  const std::vector<double> inclusion =
      inclusion_by_rank(popularity, static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(successive_weights(inclusion).data());
}
BENCHMARK(calibrate)
    ->Args({256, 8, 800})
    ->Args({256, 8, 899})
    ->Args({128, 8, 500})
    ->Args({2048, 1, 1000})
    ->Args({2048, 8, 800})
    ->Args({256, 200, 50})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringtail
