/// One token-routed all-to-all through Ringtail's solver at its default tolerance (`fluid`) and at 0 (`exact`), with
/// coupled sharing (`coupled`, `coupled_exact`), and through SimGrid's Comms (CM02, optim:Full), in the same run, so
/// that their ratios can be read. Traffic: 128 tokens per GPU, 8 of 256 experts each (of 1024 at 1024 GPUs), 7168 bytes
/// for each token and destination GPU (DeepSeek-V3's dispatch in FP8); islands of 8. Arguments: GPUs, popularity (0
/// uniform, 1 lognormal with sigma 0.5, 2 Zipf with 0.8), start (0 together, 1 spread over 40 us), NVLink GB/s, NIC
/// GB/s.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <memory>
#include <random>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/cluster.hpp"
#include "engine/fluid_transport.hpp"
#include "engine/simgrid_transport.hpp"
#include "network/network_config.hpp"

namespace {

using namespace ringtail;

constexpr int tokens_per_gpu = 128;
constexpr int experts_per_token = 8;
constexpr Bytes bytes_per_copy = 7168;
constexpr Seconds spread = 40e-6;

struct Traffic {
  Exchange exchange;
  std::vector<std::pair<Seconds, int>> starts;  ///< (time, member), ascending.
};

/// Distinct experts of one token, by repeated draws.
std::vector<int> draw_experts(std::discrete_distribution<int>& popularity, std::mt19937_64& random) {
  std::vector<int> drawn;
  while (drawn.size() < experts_per_token) {
    const int expert = popularity(random);
    if (std::find(drawn.begin(), drawn.end(), expert) == drawn.end()) drawn.push_back(expert);
  }
  return drawn;
}

enum class Popularity { uniform, lognormal, zipf };

std::vector<double> draw_weights(Popularity popularity, int experts, std::mt19937_64& random) {
  std::normal_distribution<double> normal(0.0, 0.5);
  std::vector<double> weights;
  for (int e = 0; e < experts; ++e) {
    switch (popularity) {
      case Popularity::uniform: weights.push_back(1); break;
      case Popularity::lognormal: weights.push_back(std::exp(normal(random))); break;
      case Popularity::zipf: weights.push_back(std::pow(e + 1, -0.8)); break;
    }
  }
  std::shuffle(weights.begin(), weights.end(), random);
  return weights;
}

Traffic make_traffic(int gpus, Popularity kind, bool staggered, std::uint64_t id) {
  const int experts = std::max(256, gpus);
  std::mt19937_64 random(id + 1);
  const std::vector<double> weights = draw_weights(kind, experts, random);
  std::discrete_distribution<int> popularity(weights.begin(), weights.end());
  Traffic traffic;
  Exchange& exchange = traffic.exchange;
  exchange.id = id;
  exchange.incoming.resize(static_cast<std::size_t>(gpus));
  for (int src = 0; src < gpus; ++src) {
    std::vector<Bytes> bytes(static_cast<std::size_t>(gpus));
    for (int token = 0; token < tokens_per_gpu; ++token) {
      std::vector<bool> sent(static_cast<std::size_t>(gpus));
      for (const int expert : draw_experts(popularity, random)) {
        const auto dst = static_cast<std::size_t>(expert * gpus / experts);
        if (!sent[dst]) bytes[dst] += bytes_per_copy;
        sent[dst] = true;
      }
    }
    exchange.ranks.push_back(src);
    exchange.first.push_back(static_cast<std::uint32_t>(exchange.transfers.size()));
    for (int dst = 0; dst < gpus; ++dst) {
      const auto d = static_cast<std::size_t>(dst);
      if (dst == src || bytes[d] == 0) continue;
      exchange.transfers.push_back({dst, bytes[d]});
      ++exchange.incoming[d];
    }
    std::uniform_real_distribution<double> delay(0.0, spread);
    traffic.starts.emplace_back(staggered ? delay(random) : 0.0, src);
  }
  exchange.first.push_back(static_cast<std::uint32_t>(exchange.transfers.size()));
  std::sort(traffic.starts.begin(), traffic.starts.end());
  return traffic;
}

Platform platform_of(const benchmark::State& state) {
  Platform platform;
  platform.gpu.peak.bf16 = 1e15;
  platform.gpu.hbm.bandwidth = 4e12;
  platform.island = {8, 1e9 * static_cast<double>(state.range(3)), 1.0, 1e-6};
  platform.fabric = {1e9 * static_cast<double>(state.range(4)), 1.0, 5e-6};
  return platform;
}

struct Ignore final : Transport::Listener {
  void sent(const Exchange&, int, Seconds) override {}
  void received(const Exchange&, int, Seconds, int) override {}
};

/// Posts the all-to-alls one after another and returns the processor time that SimGrid's run takes for each.
double run(simgrid::s4u::Engine& engine, Transport& transport, const std::vector<Traffic>& all) {
  constexpr Seconds gap = 1;  // Longer than any of them.
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Exchange& exchange = all[i].exchange;
    transport.open(exchange);
    for (const auto& [delay, member] : all[i].starts) {
      const Seconds t = static_cast<double>(i) * gap + delay;
      simgrid::kernel::timer::Timer::set(t, [&transport, &exchange, m = member, t] { transport.post(exchange, m, t); });
    }
  }
  const std::clock_t begin = std::clock();
  engine.run();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / static_cast<double>(all.size());
}

template <Sharing sharing, bool is_exact>
double run_fluid(const benchmark::State& state, const std::vector<Traffic>& all) {
  simgrid::s4u::Engine engine("benchmark");
  const Cluster cluster(engine, platform_of(state), static_cast<int>(state.range(0)));
  Ignore listener;
  NetworkConfig network{.sharing = sharing};
  if (is_exact) network.tolerance = 0;
  const auto transport = std::make_shared<FluidTransport>(cluster, cluster.gpus(), network, listener);
  engine.add_model(transport);
  return run(engine, *transport, all);
}

double run_simgrid(const benchmark::State& state, const std::vector<Traffic>& all) {
  simgrid::s4u::Engine engine("benchmark");
  const Cluster cluster(engine, platform_of(state), static_cast<int>(state.range(0)));
  Ignore listener;
  SimgridTransport transport(cluster, listener);
  return run(engine, transport, all);
}

/// A process has one SimGrid engine, so every measurement is made in a child.
template <class Run>
double in_child(const Run& run) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child == 0) {
    const double seconds = run();
    _exit(write(ends[1], &seconds, sizeof seconds) == sizeof seconds ? 0 : 1);
  }
  close(ends[1]);
  double seconds = 0;
  const bool is_read = read(ends[0], &seconds, sizeof seconds) == sizeof seconds;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!is_read) throw std::runtime_error("the child failed");
  return seconds;
}

/// `repeats` different all-to-alls per measurement; the time shown is of one.
template <double (*run)(const benchmark::State&, const std::vector<Traffic>&), int repeats>
void all_to_all(benchmark::State& state) {
  std::vector<Traffic> all;
  std::size_t transfers = 0;
  for (std::uint64_t id = 0; id < repeats; ++id) {
    all.push_back(make_traffic(static_cast<int>(state.range(0)), static_cast<Popularity>(state.range(1)),
                               state.range(2) == 1, id));
    transfers += all.back().exchange.transfers.size();
  }
  for (auto _ : state) state.SetIterationTime(in_child([&] { return run(state, all); }));
  state.counters["transfers"] = static_cast<double>(transfers) / repeats;
}

const std::vector<std::string> names{"gpus", "popularity", "staggered", "nvlink", "nic"};

void up_to_32(benchmark::internal::Benchmark* b) {
  b->ArgNames(names)->UseManualTime()->Iterations(1)->Repetitions(3)->ReportAggregatesOnly()->Unit(
      benchmark::kMillisecond);
  b->ArgsProduct({{8, 16, 32}, {0, 1, 2}, {0, 1}, {900}, {448}});
}
void up_to_64(benchmark::internal::Benchmark* b) {
  up_to_32(b);
  b->ArgsProduct({{64}, {0, 1, 2}, {0, 1}, {900}, {448}});
  b->ArgsProduct({{64}, {0, 1, 2}, {0, 1}, {450}, {50}});
}
void up_to_1024(benchmark::internal::Benchmark* b) {
  up_to_64(b);
  b->ArgsProduct({{256, 1024}, {0, 1, 2}, {0}, {450}, {50}});
}

BENCHMARK(all_to_all<run_fluid<Sharing::maxmin, false>, 10>)->Name("fluid")->Apply(up_to_1024);
BENCHMARK(all_to_all<run_fluid<Sharing::maxmin, true>, 10>)->Name("exact")->Apply(up_to_64);
BENCHMARK(all_to_all<run_fluid<Sharing::coupled, false>, 10>)->Name("coupled")->Apply(up_to_1024);
BENCHMARK(all_to_all<run_fluid<Sharing::coupled, true>, 10>)->Name("coupled_exact")->Apply(up_to_64);
BENCHMARK(all_to_all<run_simgrid, 2>)->Name("simgrid")->Apply(up_to_32);

}  // namespace

BENCHMARK_MAIN();
