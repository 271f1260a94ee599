#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "network/coupled_network.hpp"
#include "network/fabrics.hpp"
#include "network/naive.hpp"
#include "network/token_traffic.hpp"

/// Transfers whose bytes SMs copy: all that a GPU sends, and all that it receives, shares one rate.
namespace ringtail::testing {
namespace {

constexpr Seconds L = 5e-6;

/// The same latency everywhere: transfers begin together.
Platform islands_of(int size, const Fabric& fabric = {}) { return fabric_platform(fabric, size, L, L); }

Topology limited(const Platform& platform, int gpus, BytesPerSecond limit) {
  return topology_of(Wiring(platform, gpus, {limit, {}}));
}

Exchange dispatch(const std::vector<std::vector<Bytes>>& bytes, std::uint64_t id = 0) {
  Exchange exchange = make_exchange(bytes, id);
  exchange.copier = Copier::dispatch;
  return exchange;
}

/// All ranks post at time 0, under both laws of sharing.
template <class Expect>
void run_both(const Topology& topology, const std::vector<Exchange>& exchanges, const Expect& expect) {
  std::vector<Posting> posted;
  for (const Exchange& exchange : exchanges)
    for (std::size_t member = 0; member < exchange.ranks.size(); ++member)
      posted.push_back({0, &exchange, static_cast<int>(member)});
  FlowNetwork flows(topology);
  expect(run(flows, posted));
  CoupledNetwork rows(topology);
  expect(run(rows, posted));
}

TEST(EndpointLimits, ATransferRunsAtTheRateOfTheSms) {
  // 20 SMs of 5 GB/s: 100 GB/s instead of NVLink's 450.
  const Topology topology = limited(islands_of(2), 4, 20 * 5e9);
  run_both(topology, {dispatch({{0, 1e6, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}})}, [](const Finishes& f) {
    EXPECT_NEAR(f.received.at({0, 1}), L + 1e6 / 100e9, 1e-15);
  });
  // Over a NIC, of 50 GB/s, a transfer alone has what it had.
  run_both(topology, {dispatch({{0, 0, 1e6, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}})}, [](const Finishes& f) {
    EXPECT_NEAR(f.received.at({0, 2}), L + 1e6 / 50e9, 1e-15);
  });
  // One to GPU 1 over each port: it receives both at 50 + 50 GB/s.
  run_both(topology, {dispatch({{0, 1e6, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 1e6, 0, 0}})}, [](const Finishes& f) {
    EXPECT_NEAR(f.received.at({0, 1}), L + 2e6 / 100e9, 1e-15);
  });
}

TEST(EndpointLimits, AllPortsOfAGpuShareIt) {
  // GPU 0 sends to a neighbour over NVLink and to the other island over its NIC: 30 GB/s for each, of 60, so that
  // neither port is full. The neighbour's reply does not share: the directions are apart.
  run_both(limited(islands_of(2), 4, 60e9), {dispatch({{0, 1e6, 1e6, 0}, {1e6, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}})},
           [](const Finishes& f) {
             EXPECT_NEAR(f.received.at({0, 1}), L + 1e6 / 30e9, 1e-15);
             EXPECT_NEAR(f.received.at({0, 2}), L + 1e6 / 30e9, 1e-15);
             EXPECT_NEAR(f.received.at({0, 0}), L + 1e6 / 60e9, 1e-15);
           });
}

TEST(EndpointLimits, WhatNoSmCopiesDoesNotShareIt) {
  // Beside a dispatch, held to 100 GB/s, another exchange has the rest of the port: 350 GB/s.
  const std::vector<std::vector<Bytes>> bytes = {{0, 7e6}, {0, 0}};
  run_both(limited(islands_of(2), 2, 100e9), {dispatch({{0, 2e6}, {0, 0}}), make_exchange(bytes, 1)},
           [](const Finishes& f) {
             EXPECT_NEAR(f.received.at({0, 1}), L + 2e-5, 1e-15);
             EXPECT_NEAR(f.received.at({1, 1}), L + 2e-5, 1e-15);
           });
}

struct Limited {
  std::string name;
  Platform platform;
  int gpus = 16;
  BytesPerSecond limit = 0;
};

/// Limits below a NIC, between NIC and NVLink, and near the sum of the two; NICs of their own, shared, behind an
/// oversubscribed fabric; islands with a switch and meshed.
std::vector<Limited> cases() {
  Platform shared = islands_of(8);
  shared.fabric.nics_per_island = 4;
  Platform mesh = islands_of(4);
  mesh.island.topology = Island::Topology::mesh;
  mesh.island.bandwidth = 60e9;
  return {{"below_the_nic", islands_of(8), 32, 30e9},
          {"above_the_nic", islands_of(8), 32, 80e9},
          {"of_half_the_nvlink", islands_of(8), 32, 200e9},
          {"of_almost_both", islands_of(8), 32, 470e9},
          {"one_island", islands_of(16), 16, 150e9},
          {"shared_nics", shared, 32, 60e9},
          {"fat_tree", islands_of(8, fat_tree(2, 8)), 32, 80e9},
          {"mesh", mesh, 16, 100e9}};
}

class LimitedCases : public ::testing::TestWithParam<Limited> {
 protected:
  static Collectives traffic(Case c) {
    Collectives collectives(c);
    // Dispatches and combines by SMs, every third exchange not.
    for (Exchange& exchange : collectives.exchanges)
      if (exchange.id % 3 != 1) exchange.copier = Copier::dispatch;
    return collectives;
  }
};

// Shares of the definition, solved anew at every event.
TEST_P(LimitedCases, EqualTheNaiveSolver) {
  const Limited& p = GetParam();
  const Topology network = limited(p.platform, p.gpus, p.limit);
  const Collectives collectives =
      traffic({p.gpus, p.platform.island.size, Popularity::zipf, Starts::over_a_third, 4, 2, 1});
  FlowNetwork flows(network);
  const Finishes exact = run_naive(collectives.posted, network);
  const Finishes ours = run(flows, collectives.posted);
  for (const auto& [key, t] : exact.received) EXPECT_NEAR(ours.received.at(key) / t, 1, 1e-9);
  for (const auto& [key, t] : exact.sent) EXPECT_NEAR(ours.sent.at(key) / t, 1, 1e-9);
  // And a limit below the NIC binds: without it the last transfer ends earlier.
  FlowNetwork unlimited(topology_of(Wiring(p.platform, p.gpus)));
  const auto last = [](const Finishes& f) {
    Seconds t = 0;
    for (const auto& [key, received] : f.received) t = std::max(t, received);
    return t;
  };
  if (p.limit < nic) {
    EXPECT_LT(last(run(unlimited, collectives.posted)), 0.9 * last(ours));
  }
}

// The promise of the default tolerance, as on fabrics (fabric_tolerance_test.cpp).
TEST_P(LimitedCases, AreWithinTwoPercentOfExact) {
  const Limited& p = GetParam();
  const Topology network = limited(p.platform, p.gpus, p.limit);
  for (const Popularity popularity : {Popularity::uniform, Popularity::zipf}) {
    for (const Starts starts : {Starts::together, Starts::over_a_third, Starts::over_all}) {
      for (const auto& [exchanges, tokens] : {std::pair{1, 128}, std::pair{1, 4}, std::pair{3, 128}}) {
        const Collectives collectives =
            traffic({p.gpus, p.platform.island.size, popularity, starts, tokens, exchanges, 1});
        expect_within_two_percent(
            collectives, network,
            fmt::format("popularity {}, starts {}, exchanges {}, tokens {}", static_cast<int>(popularity),
                        static_cast<int>(starts), exchanges, tokens));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, LimitedCases, ::testing::ValuesIn(cases()), [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace ringtail::testing
