#include "network/coupled_network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "network/fabrics.hpp"
#include "network/make_network.hpp"
#include "network/naive_rows.hpp"
#include "network/token_traffic.hpp"

namespace ringtail::testing {
namespace {

constexpr BytesPerSecond C = 100;
using Matrix = std::vector<std::vector<Bytes>>;

/// All rows posted at time 0.
std::vector<Posting> together(const Exchange& exchange) {
  std::vector<Posting> posted;
  for (std::size_t m = 0; m < exchange.ranks.size(); ++m) posted.push_back({0, &exchange, static_cast<int>(m)});
  return posted;
}

Finishes run_coupled(const Topology& topology, const std::vector<Posting>& posted, double tolerance = 0) {
  CoupledNetwork network(topology, tolerance);
  Finishes finishes = run(network, posted);
  EXPECT_EQ(network.open_exchanges(), 0U);
  return finishes;
}

Finishes run_coupled(const Topology& topology, const Matrix& bytes) {
  const Exchange exchange = make_exchange(bytes);
  return run_coupled(topology, together(exchange));
}

void expect_near(const Finishes& a, const Finishes& b, double relative, const std::string& what = {}) {
  ASSERT_EQ(a.sent.size(), b.sent.size());
  ASSERT_EQ(a.received.size(), b.received.size());
  for (const auto& [key, t] : b.sent) EXPECT_NEAR(a.sent.at(key), t, relative * t) << what << " sent " << key.second;
  for (const auto& [key, t] : b.received)
    EXPECT_NEAR(a.received.at(key), t, relative * t) << what << " received " << key.second;
}

// 300 bytes out of one port of 100 bytes/s, after the latency; both transfers end with the row.
TEST(CoupledNetwork, OneRowEndsWhenItsBusiestLinkHasCarriedItsBytes) {
  const Finishes f = run_coupled(one_switch(3, C, 0.5), Matrix{{0, 100, 200}, {0, 0, 0}, {0, 0, 0}});
  EXPECT_DOUBLE_EQ(f.sent.at({0, 0}), 3.5);
  EXPECT_DOUBLE_EQ(f.received.at({0, 1}), 3.5);
  EXPECT_DOUBLE_EQ(f.received.at({0, 2}), 3.5);
}

// Four rows of 100 bytes into one port: 400 bytes at 100 bytes/s, evenly.
TEST(CoupledNetwork, IncastIsBoundByTheReceiversPort) {
  const Matrix bytes{{0, 0, 0, 0, 0}, {100, 0, 0, 0, 0}, {100, 0, 0, 0, 0}, {100, 0, 0, 0, 0}, {100, 0, 0, 0, 0}};
  const Finishes f = run_coupled(one_switch(5, C, 0), bytes);
  for (int src = 1; src < 5; ++src) EXPECT_DOUBLE_EQ(f.sent.at({0, src}), 4);
}

// A = 0 sends 1 % to the hot port, B = 1 all. A's limit is its own egress: it runs at C, of which 0.01 C enters the hot
// port, less than B's use of it; B has the other 0.99 C. When A ends, at 100/C, B has moved 99 and has 1 left, at C.
TEST(CoupledNetwork, ARowWithLittleToAHotPortIsNotLimitedByIt) {
  const Finishes f =
      run_coupled(one_switch(4, C, 0), Matrix{{0, 0, 1, 99}, {0, 0, 100, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}});
  EXPECT_NEAR(f.sent.at({0, 0}), 1, 1e-12);
  EXPECT_NEAR(f.sent.at({0, 1}), 1.01, 1e-12);
}

// Head-of-line blocking: 0 has 100 bytes for the hot port 4 and 100 for the quiet port 5, three others 100 for the hot
// one. The hot port gives each C/4, so all its transfers end at 4 s, and row 0 with them. Max-min: the quiet transfer
// has the other 3C/4 of 0's egress and ends at 4/3 s.
TEST(CoupledNetwork, ACongestedPortHoldsUpTheWholeRow) {
  const Topology topology = one_switch(6, C, 0);
  Matrix bytes(6, std::vector<Bytes>(6));
  bytes[0][5] = 100;
  for (int src = 0; src < 4; ++src) bytes[static_cast<std::size_t>(src)][4] = 100;
  EXPECT_NEAR(run_coupled(topology, bytes).received.at({0, 5}), 4, 1e-12);
  const Exchange exchange = make_exchange(bytes);
  FlowNetwork maxmin(topology);
  EXPECT_NEAR(run(maxmin, together(exchange)).received.at({0, 5}), 4.0 / 3, 1e-12);
}

// Equal messages between all: every port is full to the end under both laws, (N - 1) m / C after the latency.
TEST(CoupledNetwork, AUniformAllToAllIsMaxMin) {
  const Topology topology = one_switch(12, C, 0.25);
  const Exchange exchange = make_exchange(Matrix(12, std::vector<Bytes>(12, 50)));
  FlowNetwork maxmin(topology);
  const Finishes coupled = run_coupled(topology, together(exchange));
  expect_near(coupled, run(maxmin, together(exchange)), 1e-12);
  EXPECT_NEAR(coupled.sent.at({0, 3}), 0.25 + 11 * 50 / C, 1e-12);
}

// Inside the island 100 bytes at 9 C after 1 s, to another island 100 at C after 2 s: two rows, which share no port.
// With equal latencies they are one row, which takes as long as its slowest part.
TEST(CoupledNetwork, WhatStartsLaterIsARowOfItsOwn) {
  const Matrix bytes{{0, 90, 100, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
  const Finishes apart = run_coupled(topology({4, 2, 9 * C, C, 1, 2}), bytes);
  EXPECT_DOUBLE_EQ(apart.received.at({0, 1}), 1.1);
  EXPECT_DOUBLE_EQ(apart.received.at({0, 2}), 3);
  EXPECT_DOUBLE_EQ(apart.sent.at({0, 0}), 3);
  const Finishes one = run_coupled(topology({4, 2, 9 * C, C, 1, 1}), bytes);
  EXPECT_DOUBLE_EQ(one.received.at({0, 1}), 2);
  EXPECT_DOUBLE_EQ(one.received.at({0, 2}), 2);
}

// 1 s alone, then half of the port with a second row of the same source: 0 has 100 left at 1 s and ends at 3 s, when 1
// has 100 left, alone again: 4 s.
TEST(CoupledNetwork, ExchangesOfOneSourceShareItsPort) {
  const Exchange first = make_exchange(Matrix{{0, 100, 100}, {0, 0, 0}, {0, 0, 0}}, 0);
  const Exchange second = make_exchange(Matrix{{0, 150, 50}, {0, 0, 0}, {0, 0, 0}}, 1);
  const Finishes f = run_coupled(one_switch(3, C, 0), {{0, &first, 0}, {1, &second, 0}});
  EXPECT_NEAR(f.sent.at({0, 0}), 3, 1e-12);
  EXPECT_NEAR(f.sent.at({1, 0}), 4, 1e-12);
}

TEST(CoupledNetwork, ATimeBeforeNowCountsAsNow) {
  const Exchange first = make_exchange(Matrix{{0, 100}, {0, 0}}, 0);
  const Exchange late = make_exchange(Matrix{{0, 0}, {100, 0}}, 1);
  CoupledNetwork network(one_switch(2, C, 0));
  std::vector<Completion> completions;
  network.open(first);
  network.open(late);
  network.post(first, 0, 5);
  network.advance(completions);
  network.post(late, 1, 4.5);
  while (std::isfinite(network.next_event())) network.advance(completions);
  EXPECT_DOUBLE_EQ(completions.back().t, 6);
}

/// Routes of one to four links, chosen at random among few, so that every pair of rows meets somewhere.
Topology random_routes(int ranks, std::mt19937_64& random) {
  constexpr std::uint32_t links = 12;
  std::uniform_real_distribution<double> capacity(50, 150);
  Topology topology;
  topology.ranks = ranks;
  for (std::uint32_t link = 0; link < links; ++link) topology.capacity.push_back(capacity(random));
  for (int pair = 0; pair < ranks * ranks; ++pair) {
    std::set<std::uint32_t> route;
    for (std::uint64_t k = random() % 4 + 1; k > 0; --k) route.insert(static_cast<std::uint32_t>(random() % links));
    topology.routes.push_back({static_cast<std::uint32_t>(topology.route_links.size()),
                               static_cast<std::uint32_t>(route.size()), random() % 3 == 0 ? 0.5 : 0.25});
    topology.route_links.insert(topology.route_links.end(), route.begin(), route.end());
  }
  return topology;
}

std::vector<Exchange> random_exchanges(int ranks, int count, std::mt19937_64& random) {
  std::uniform_real_distribution<double> size(10, 200);
  std::vector<Exchange> exchanges;
  for (int x = 0; x < count; ++x) {
    Matrix bytes(static_cast<std::size_t>(ranks), std::vector<Bytes>(static_cast<std::size_t>(ranks)));
    for (auto& row : bytes)
      for (Bytes& b : row) b = random() % 3 == 0 ? 0 : size(random);
    exchanges.push_back(make_exchange(bytes, static_cast<std::uint64_t>(x)));
  }
  return exchanges;
}

// Against levels by bisection, which share nothing with the network's but their definition: routes of any length, two
// latencies, two exchanges at once, starts together and spread.
TEST(CoupledNetwork, EqualsSharingByBisection) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    std::mt19937_64 random(seed);
    const int ranks = 3 + static_cast<int>(seed) % 4;
    const Topology topology = seed % 2 == 0 ? one_switch(ranks, C, 0.25) : random_routes(ranks, random);
    const std::vector<Exchange> all = random_exchanges(ranks, 2, random);
    const std::vector<Posting> posted = postings(all, 1.5, seed % 3 == 0 ? 0 : 3, random);
    expect_near(run_coupled(topology, posted), run_naive_rows(posted, topology), 1e-8, std::to_string(seed));
  }
}

// Ranks are names: with other ones each rank ends when it did. (Not to the last bit: sums are in another order.)
TEST(CoupledNetwork, PermutingRanksChangesNothing) {
  std::mt19937_64 random(3);
  Matrix bytes = token_bytes({24, 24, Popularity::lognormal}, false, random);
  std::vector<std::size_t> to(24);
  std::iota(to.begin(), to.end(), 0U);
  std::shuffle(to.begin(), to.end(), random);
  Matrix moved(24, std::vector<Bytes>(24));
  for (std::size_t src = 0; src < 24; ++src)
    for (std::size_t dst = 0; dst < 24; ++dst) moved[to[src]][to[dst]] = bytes[src][dst];
  const Topology topology = one_switch(24, nic, 0);
  const Finishes a = run_coupled(topology, bytes);
  const Finishes b = run_coupled(topology, moved);
  for (const auto& [key, t] : a.sent)
    EXPECT_NEAR(b.sent.at({0, static_cast<int>(to[static_cast<std::size_t>(key.second)])}), t, 1e-9 * t);
}

// No port moves bytes faster than its capacity, and a rank that starts at once needs at least what its egress needs;
// the last end is that of a port that has been full, so no later than if all ports had done their work one after
// another.
TEST(CoupledNetwork, NoRankFinishesBeforeItsBytesCouldMove) {
  for (const Popularity popularity : {Popularity::uniform, Popularity::zipf, Popularity::lognormal}) {
    const Collectives collectives(Case{32, 32, popularity, Starts::together, 128, 1, 6});
    const Finishes f = run_coupled(one_switch(32, nic, 0), collectives.posted);
    const PortLoads loads = loads_of(collectives.exchanges.front(), 32);
    for (std::size_t m = 0; m < 32; ++m) {
      EXPECT_GE(f.sent.at({0, static_cast<int>(m)}), loads.out[m] / nic * (1 - 1e-12));
      EXPECT_GE(f.received.at({0, static_cast<int>(m)}), loads.in[m] / nic * (1 - 1e-12));
    }
  }
}

// Times count from when the network was last idle: after 1e6 s all is as exact as the clock, 1e-10 s.
TEST(CoupledNetwork, AfterALongTimeAllIsAsExactAsTheClock) {
  const Case c{16, 8, Popularity::zipf, Starts::over_a_third, 128, 2, 4};
  const Collectives early(c);
  Collectives late(c);
  for (Posting& posting : late.posted) posting.t += 1e6;
  const Finishes a = run_coupled(network_of(c), early.posted);
  const Finishes b = run_coupled(network_of(c), late.posted);
  for (const auto& [key, t] : a.received) EXPECT_NEAR(b.received.at(key) - 1e6, t, 1e-9);
}

// Every mix of popularity, starts and number of collectives at once on each fabric: 90 cases.
TEST(CoupledNetwork, TheDefaultToleranceIsKept) {
  const std::vector<std::pair<std::string, Topology>> fabrics{{"switch", network_of(Case{32, 8})},
                                                              {"fat-tree 4:1", fabric_topology(fat_tree(4, 8), 32, 8)},
                                                              {"rail 4:1", fabric_topology(rail(4, 4), 32, 8)},
                                                              {"dragonfly", fabric_topology(dragonfly(4, 2, 1), 32, 8)},
                                                              {"torus", fabric_topology(torus({8, 4}), 32, 8)}};
  for (const auto& [name, topology] : fabrics) {
    for (const Popularity popularity : {Popularity::uniform, Popularity::zipf, Popularity::lognormal}) {
      for (const Starts starts : {Starts::together, Starts::over_a_third, Starts::over_all}) {
        for (const int exchanges : {1, 3}) {
          const Collectives collectives(Case{32, 8, popularity, starts, 128, exchanges, 5});
          Errors e;
          e.add(run_coupled(topology, collectives.posted, NetworkConfig{}.tolerance),
                run_coupled(topology, collectives.posted), collectives.posted);
          EXPECT_LE(e.worst, 0.02) << name << " " << static_cast<int>(popularity) << " " << exchanges;
          EXPECT_LE(e.mean(), 0.001) << name << " " << static_cast<int>(popularity) << " " << exchanges;
        }
      }
    }
  }
}

TEST(MakeNetwork, TakesTheConfiguredSharing) {
  const Topology topology = one_switch(2, C, 0);
  EXPECT_NE(dynamic_cast<FlowNetwork*>(make_network(topology, {}).get()), nullptr);
  EXPECT_NE(dynamic_cast<CoupledNetwork*>(make_network(topology, {.sharing = Sharing::coupled}).get()), nullptr);
}

}  // namespace
}  // namespace ringtail::testing
