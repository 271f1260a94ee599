#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <random>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <vector>

#include "engine/cluster.hpp"
#include "engine/fluid_transport.hpp"
#include "engine/simgrid_transport.hpp"
#include "network/exchanges.hpp"

namespace ringtail::testing {
namespace {

/// What a transport told its listener. Trivially copyable: it goes through a pipe.
struct Event {
  std::uint64_t exchange = 0;
  int rank = 0;
  int last_src = -1;  ///< -1: sent.
  Seconds t = 0;
  Seconds clock = 0;  ///< SimGrid's clock at that moment.
};

class Recorder final : public Transport::Listener {
 public:
  void sent(const Exchange& exchange, int src, Seconds t) override { add({exchange.id, src, -1, t}); }
  void received(const Exchange& exchange, int dst, Seconds t, int last_src) override {
    add({exchange.id, dst, last_src, t});
  }
  std::vector<Event> events;

 private:
  void add(Event event) {
    event.clock = simgrid::s4u::Engine::get_clock();
    events.push_back(event);
  }
};

/// Two processes for two engines: runs `events` in a child and brings what it returns.
template <class Events>
std::vector<Event> in_child(const Events& events) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child == 0) {
    const std::vector<Event> result = events();
    for (const Event& event : result)
      if (write(ends[1], &event, sizeof event) != sizeof event) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  std::vector<Event> result;
  for (Event event; read(ends[0], &event, sizeof event) == sizeof event;) result.push_back(event);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("the child failed");
  return result;
}

/// GPUs whose ports are as fast as a data sheet says, one bandwidth and latency inside islands and one between.
Platform platform(const TwoTiers& two) {
  Platform platform;
  platform.gpu.peak.bf16 = 1e15;
  platform.gpu.hbm.bandwidth = 4e12;
  platform.island = {two.island, two.island_bandwidth / 0.9, 0.9, two.island_latency};
  platform.fabric = {two.fabric_bandwidth / 0.8, 0.8, two.fabric_latency};
  return platform;
}

enum class Solver { fluid, simgrid };

/// Runs postings to their end, or until `stop_at`.
std::vector<Event> run(Solver solver, const TwoTiers& two, const std::vector<Posting>& postings, Seconds stop_at = 1e9) {
  simgrid::s4u::Engine engine("test");
  const Cluster cluster(engine, platform(two), two.ranks);
  Recorder recorder;
  std::unique_ptr<SimgridTransport> simgrid;
  std::shared_ptr<FluidTransport> fluid;
  Transport* transport = nullptr;
  if (solver == Solver::simgrid) {
    simgrid = std::make_unique<SimgridTransport>(cluster, recorder);
    transport = simgrid.get();
  } else {
    fluid = std::make_shared<FluidTransport>(cluster, recorder);
    engine.add_model(fluid);
    transport = fluid.get();
  }
  using simgrid::kernel::timer::Timer;
  std::set<const Exchange*> opened;
  for (const Posting& p : postings) {
    if (opened.insert(p.exchange).second) transport->open(*p.exchange);
    Timer::set(p.t, [transport, p] { transport->post(*p.exchange, p.member, p.t); });
  }
  if (stop_at < 1e9) Timer::set(stop_at, [&] { fluid ? fluid->stop() : simgrid->stop(); });
  engine.run();
  return recorder.events;
}

std::vector<Exchange> random_exchanges(int ranks, int number, double density, std::mt19937_64& random) {
  std::bernoulli_distribution present(density);
  std::uniform_real_distribution<double> size(1.0, 3e5);
  std::uniform_int_distribution<int> tokens(1, 40);
  std::vector<Exchange> exchanges;
  const auto n = static_cast<std::size_t>(ranks);
  for (int x = 0; x < number; ++x) {
    std::vector<std::vector<Bytes>> bytes(n, std::vector<Bytes>(n));
    // Odd ones have whole tokens, so that many transfers end together.
    for (auto& row : bytes)
      for (Bytes& b : row) b = !present(random) ? 0 : x % 2 == 0 ? size(random) : 7168.0 * tokens(random);
    exchanges.push_back(make_exchange(bytes, static_cast<std::uint64_t>(x)));
  }
  return exchanges;
}

struct Times {
  std::map<std::tuple<std::uint64_t, int, bool>, Seconds> at;
  explicit Times(const std::vector<Event>& events) {
    for (const Event& e : events) at[{e.exchange, e.rank, e.last_src == -1}] = e.t;
  }
};

class Oracle : public ::testing::TestWithParam<std::tuple<int, int, double, unsigned>> {};

/// The heart of the network: Ringtail's solver has SimGrid's finish times. SimGrid is the independent computation: CM02 with
/// every rate solved anew at every event.
TEST_P(Oracle, FluidEqualsSimgrid) {
  const auto [ranks, island, density, seed] = GetParam();
  const TwoTiers two{ranks, island, 450e9, 50e9, 1e-6, 5e-6};
  std::mt19937_64 random(seed);
  const auto exchanges = random_exchanges(ranks, 3, density, random);
  const auto posted = postings(exchanges, ranks * 1e-6, seed % 3 == 0 ? 0.0 : ranks * 2e-6, random);
  const Times fluid(in_child([&] { return run(Solver::fluid, two, posted); }));
  const Times simgrid(in_child([&] { return run(Solver::simgrid, two, posted); }));
  ASSERT_GT(simgrid.at.size(), 0U);
  ASSERT_EQ(fluid.at.size(), simgrid.at.size());
  for (const auto& [key, t] : simgrid.at)
    EXPECT_NEAR(fluid.at.at(key), t, 1e-9 * t) << "exchange " << std::get<0>(key) << ", rank " << std::get<1>(key);
}

// One tier and two (islands of a quarter of the ranks), dense and sparse.
INSTANTIATE_TEST_SUITE_P(Generated, Oracle,
                         ::testing::Combine(::testing::Values(4, 8, 16), ::testing::Values(2, 4, 16),
                                            ::testing::Values(0.4, 1.0), ::testing::Range(1U, 7U)));

}  // namespace
}  // namespace ringtail::testing
