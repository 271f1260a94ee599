#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <tuple>
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

/// A transport on an engine of its own: at most one per process.
class Simulation {
 public:
  Simulation(Solver solver, const TwoTiers& two, Transport::Listener& listener, std::vector<int> gpu_of_rank = {})
      : Simulation(solver, platform(two), two.ranks, listener, std::move(gpu_of_rank)) {}

  Simulation(Solver solver, const Platform& hardware, int gpus, Transport::Listener& listener,
             std::vector<int> gpu_of_rank = {})
      : engine_("test"), cluster_(engine_, hardware, gpus, std::move(gpu_of_rank)) {
    if (solver == Solver::simgrid) {
      simgrid_ = std::make_unique<SimgridTransport>(cluster_, listener);
    } else {
      fluid_ = std::make_shared<FluidTransport>(cluster_, cluster_.gpus(), NetworkConfig{.tolerance = 0}, listener);
      engine_.add_model(fluid_);
    }
  }

  Transport& transport() { return fluid_ ? static_cast<Transport&>(*fluid_) : *simgrid_; }

  void post_at(const Posting& p) {
    if (opened_.insert(p.exchange).second) transport().open(*p.exchange);
    simgrid::kernel::timer::Timer::set(p.t, [this, p] { transport().post(*p.exchange, p.member, p.t); });
  }

  void stop_at(Seconds t) {
    simgrid::kernel::timer::Timer::set(t, [this] { fluid_ ? fluid_->stop() : simgrid_->stop(); });
  }

  void run() { engine_.run(); }

 private:
  simgrid::s4u::Engine engine_;
  Cluster cluster_;
  std::unique_ptr<SimgridTransport> simgrid_;
  std::shared_ptr<FluidTransport> fluid_;
  std::set<const Exchange*> opened_;
};

std::vector<Event> run(Solver solver, const Platform& hardware, int gpus, const std::vector<Posting>& postings,
                       std::vector<int> gpu_of_rank = {}) {
  Recorder recorder;
  Simulation simulation(solver, hardware, gpus, recorder, std::move(gpu_of_rank));
  for (const Posting& p : postings) simulation.post_at(p);
  simulation.run();
  return recorder.events;
}

std::vector<Event> run(Solver solver, const TwoTiers& two, const std::vector<Posting>& postings,
                       std::vector<int> gpu_of_rank = {}) {
  return run(solver, platform(two), two.ranks, postings, std::move(gpu_of_rank));
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

/// When each rank has sent (true) and received (false) all of each exchange.
using Times = std::map<std::tuple<std::uint64_t, int, bool>, Seconds>;

Times times(const std::vector<Event>& events) {
  Times times;
  for (const Event& e : events) {
    const bool is_first = times.emplace(std::tuple(e.exchange, e.rank, e.last_src == -1), e.t).second;
    EXPECT_TRUE(is_first) << "told twice";
  }
  return times;
}

void expect_equal(const Times& times, const Times& reference) {
  ASSERT_GT(reference.size(), 0U);
  ASSERT_EQ(times.size(), reference.size());
  for (const auto& [key, t] : reference)
    EXPECT_NEAR(times.at(key), t, 1e-9 * t) << "exchange " << std::get<0>(key) << ", rank " << std::get<1>(key);
}

class Oracle : public ::testing::TestWithParam<std::tuple<int, int, double, unsigned>> {};

/// The heart of the network: Ringtail's solver has SimGrid's finish times. SimGrid is the independent computation: CM02
/// with every rate solved anew at every event.
TEST_P(Oracle, FluidEqualsSimgrid) {
  const auto [ranks, island, density, seed] = GetParam();
  const TwoTiers two{ranks, island, 450e9, 50e9, 1e-6, 5e-6};
  std::mt19937_64 random(seed);
  const auto exchanges = random_exchanges(ranks, 3, density, random);
  const auto posted = postings(exchanges, ranks * 1e-6, seed % 3 == 0 ? 0.0 : ranks * 2e-6, random);
  expect_equal(times(in_child([&] { return run(Solver::fluid, two, posted); })),
               times(in_child([&] { return run(Solver::simgrid, two, posted); })));
}

// One tier and two (islands of a quarter of the ranks), dense and sparse.
INSTANTIATE_TEST_SUITE_P(Generated, Oracle,
                         ::testing::Combine(::testing::Values(4, 8, 16), ::testing::Values(2, 4, 16),
                                            ::testing::Values(0.4, 1.0), ::testing::Range(1U, 7U)));

/// 16 GPUs of each topology, with links inside the fabric that contend.
std::vector<Platform> fabrics() {
  using Topology = Fabric::Topology;
  std::vector<Platform> all;
  const auto add = [&](int island, Topology topology) -> Fabric& {
    all.push_back(platform({16, island, 450e9, 50e9, 1e-6, 5e-6}));
    all.back().fabric.topology = topology;
    all.back().fabric.switch_latency = 3e-7;
    all.back().fabric.leaf_size = 4;
    all.back().fabric.oversubscription = 2;
    return all.back().fabric;
  };
  add(4, Topology::rail).leaf_size = 2;
  add(4, Topology::fat_tree);
  add(2, Topology::fat_tree).routing = Fabric::Routing::hashed;
  Fabric& three_levels = add(2, Topology::fat_tree);
  three_levels.levels = 3;
  three_levels.pod_leaves = 2;
  three_levels.core_oversubscription = 1.5;
  Fabric& dragonfly = add(1, Topology::dragonfly);
  dragonfly.routers_per_group = 2;
  dragonfly.global_links = 2;
  dragonfly.nics_per_router = 2;
  add(1, Topology::torus).dimensions = {4, 4};
  Fabric& cube = add(2, Topology::torus);
  cube.dimensions = {2, 2, 2};
  cube.nics_per_island = 1;
  add(8, Topology::single_switch);
  all.back().island.topology = Island::Topology::mesh;
  all.back().island.bandwidth = 60e9;
  all.back().fabric.nics_per_island = 2;
  all.push_back(all[1]);
  all.back().degrade.resize(2);
  all.back().degrade[0].gpu = 5;
  all.back().degrade[0].nic = 0.5;
  all.back().degrade[0].nvlink = 0.3;
  all.back().degrade[1].link = "spine1";
  all.back().degrade[1].bandwidth = 0.25;
  return all;
}

class FabricOracle : public ::testing::TestWithParam<std::tuple<std::size_t, unsigned>> {};

/// The same on routes of up to six links: here SimGrid takes its routes from the zone itself.
TEST_P(FabricOracle, FluidEqualsSimgrid) {
  const auto [fabric, seed] = GetParam();
  const Platform hardware = fabrics()[fabric];
  std::mt19937_64 random(seed);
  const auto exchanges = random_exchanges(16, 2, seed == 1 ? 1.0 : 0.4, random);
  const auto posted = postings(exchanges, 16e-6, seed == 3 ? 0.0 : 32e-6, random);
  expect_equal(times(in_child([&] { return run(Solver::fluid, hardware, 16, posted); })),
               times(in_child([&] { return run(Solver::simgrid, hardware, 16, posted); })));
}

INSTANTIATE_TEST_SUITE_P(Generated, FabricOracle,
                         ::testing::Combine(::testing::Range(std::size_t{0}, fabrics().size()),
                                            ::testing::Range(1U, 4U)));

/// What both transports promise.
class Contract : public ::testing::TestWithParam<Solver> {};

constexpr BytesPerSecond B = 50e9;
constexpr Seconds L = 5e-6;
const TwoTiers four{4, 2, 9 * B, B, 1e-6, L};

Exchange one_transfer(int src, int dst, Bytes bytes, std::uint64_t id = 0) {
  std::vector<std::vector<Bytes>> matrix(4, std::vector<Bytes>(4));
  matrix[static_cast<std::size_t>(src)][static_cast<std::size_t>(dst)] = bytes;
  return make_exchange(matrix, id);
}

TEST_P(Contract, AFlowTakesLatencyAndSizeOverBandwidth) {
  // From second 1 on: inside the island at 9B, across at B. 0.75 bytes: sizes need not be whole.
  const Exchange inside = one_transfer(0, 1, 1e6, 0);
  const Exchange across = one_transfer(1, 2, 1e6, 1);
  const Exchange little = one_transfer(3, 2, 0.75, 2);
  const Times t = times(run(GetParam(), four, {{1, &inside, 0}, {1, &across, 1}, {2, &little, 3}}));
  ASSERT_EQ(t.size(), 6U);  // One sender and one receiver each; the others are not told.
  for (const bool sent : {true, false}) {
    EXPECT_NEAR(t.at({0, sent ? 0 : 1, sent}), 1 + 1e-6 + 1e6 / (9 * B), 1e-15);
    EXPECT_NEAR(t.at({1, sent ? 1 : 2, sent}), 1 + L + 1e6 / B, 1e-15);
    EXPECT_NEAR(t.at({2, sent ? 3 : 2, sent}), 2 + 1e-6 + 0.75 / (9 * B), 1e-15);
  }
}

TEST_P(Contract, TellsOnceWithTheLastSourceAndTheEnginesClock) {
  // 1 and 2 send to 3 across; 2's is larger and so the last.
  std::vector<std::vector<Bytes>> bytes(4, std::vector<Bytes>(4));
  bytes[0][3] = 2e6;
  bytes[1][3] = 1e6;
  const Exchange exchange = make_exchange(bytes);
  const std::vector<Event> events = run(GetParam(), four, {{0.5, &exchange, 0}, {0.5, &exchange, 1}});
  ASSERT_EQ(events.size(), 3U);
  for (const Event& e : events) EXPECT_NEAR(e.clock, e.t, 1e-14);
  EXPECT_EQ(events[0].rank, 1);
  EXPECT_NEAR(events[0].t, 0.5 + L + 2e6 / B, 1e-14);  // B/2 each until the smaller one is through.
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_NEAR(events[i].t, 0.5 + L + 3e6 / B, 1e-14);
    EXPECT_EQ(events[i].last_src, events[i].rank == 3 ? 0 : -1);
  }
}

/// Posts the answer from within the callback.
class PingPong final : public Transport::Listener {
 public:
  explicit PingPong(int rounds) {
    for (int r = 0; r < rounds; ++r)
      exchanges_.push_back(one_transfer(r % 2 == 0 ? 0 : 2, r % 2 == 0 ? 2 : 0, 1e5, static_cast<std::uint64_t>(r)));
  }
  void sent(const Exchange&, int, Seconds) override {}
  void received(const Exchange& exchange, int, Seconds t, int) override {
    last = t;
    if (exchange.id + 1 == exchanges_.size()) return;
    const Exchange& next = exchanges_[exchange.id + 1];
    transport->open(next);
    transport->post(next, exchange.id % 2 == 0 ? 2 : 0, t);
  }
  [[nodiscard]] const Exchange& first() const { return exchanges_[0]; }
  Transport* transport = nullptr;
  Seconds last = 0;

 private:
  std::vector<Exchange> exchanges_;
};

TEST_P(Contract, CallbacksMayPost) {
  // 1000 transfers one after another, each latency + size / bandwidth.
  PingPong listener(1000);
  Simulation simulation(GetParam(), four, listener);
  listener.transport = &simulation.transport();
  simulation.post_at({0, &listener.first(), 0});
  simulation.run();
  EXPECT_NEAR(listener.last, 1000 * (L + 1e5 / B), 1e-12);
}

TEST_P(Contract, IsSilentAfterStop) {
  const Exchange early = one_transfer(0, 2, 1e5, 0);
  const Exchange late = one_transfer(1, 3, 1e7, 1);
  const Exchange later = one_transfer(3, 1, 1e5, 2);
  Recorder recorder;
  Simulation simulation(GetParam(), four, recorder);
  simulation.post_at({0, &early, 0});
  simulation.post_at({0, &late, 1});
  simulation.stop_at(L + 5e6 / B);  // Half of `late` is through, `later` pays its latency.
  simulation.post_at({L + 5e6 / B - 0.5 * L, &later, 3});
  simulation.run();
  EXPECT_EQ(times(recorder.events).size(), 2U);
  for (const Event& e : recorder.events) EXPECT_EQ(e.exchange, 0U);
}

TEST_P(Contract, RanksKeepTheirTimesOnOtherGpus) {
  // Islands {0, 1} and {2, 3} exchanged, and the GPUs inside them: the network looks the same to every rank.
  std::mt19937_64 random(3);
  const auto exchanges = random_exchanges(4, 2, 1.0, random);
  const auto posted = postings(exchanges, 2e-6, 5e-6, random);
  expect_equal(times(in_child([&] {
                 return run(GetParam(), four, posted, {3, 2, 1, 0});
               })),
               times(in_child([&] { return run(GetParam(), four, posted); })));
}

INSTANTIATE_TEST_SUITE_P(Both, Contract, ::testing::Values(Solver::fluid, Solver::simgrid),
                         [](const auto& solver) { return solver.param == Solver::fluid ? "fluid" : "simgrid"; });

}  // namespace
}  // namespace ringtail::testing
