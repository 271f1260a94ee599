#include "network/link_network.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "network/naive.hpp"
#include "network/redundant_links.hpp"

namespace ringtail::testing {
namespace {

constexpr BytesPerSecond B = 50e9;
constexpr Bytes S = 1e6;

/// When each flow ends, by its `src`, on a network of these links. A flow's route is what its `links` say.
struct TimedFlow {
  Seconds start = 0;
  std::vector<std::uint32_t> links;
  Bytes bytes = 0;
};

std::map<int, Seconds> finishes(const std::vector<BytesPerSecond>& capacity, const std::vector<TimedFlow>& flows) {
  LinkNetwork network(capacity, flows.size(), 8);
  std::map<int, Seconds> result;
  std::vector<Flow> finished;
  const auto finish_until = [&](Seconds t) {
    while (network.next_finish() < t) {
      const Seconds at = network.next_finish();
      finished.clear();
      network.finish(finished);
      for (const auto& flow : finished) EXPECT_TRUE(result.emplace(flow.src, at).second) << "ended twice";
    }
  };
  for (std::size_t i = 0; i < flows.size(); ++i) {
    finish_until(flows[i].start);
    network.start({0, static_cast<int>(i), 0}, {0, static_cast<std::uint32_t>(i)}, flows[i].links, flows[i].bytes,
                  flows[i].start);
  }
  finish_until(1e9);
  EXPECT_EQ(result.size(), flows.size());
  return result;
}

TEST(LinkNetwork, FlowsOverOneUplinkShareIt) {
  // Four flows with ports of their own (B) over one uplink of 2B: B/2 each, all end after 2 S/B.
  std::vector<BytesPerSecond> capacity(9, B);
  capacity[8] = 2 * B;
  std::vector<TimedFlow> flows;
  for (std::uint32_t k = 0; k < 4; ++k) flows.push_back({0, {k, 8, 4 + k}, S});
  for (const auto& [flow, t] : finishes(capacity, flows)) EXPECT_NEAR(t, 2 * S / B, 1e-14 * t) << flow;
}

TEST(LinkNetwork, ALongRouteGetsTheLeastOfItsLinks) {
  // Links of B, B/2, B: one flow over all three runs at B/2. A second one over the last link only gets what is left,
  // B/2, and B when the first has ended (at 2 S/B): 1.5 S of its 2 S are left... it has moved S by then, so S/B more: 3
  // S/B.
  const auto t = finishes({B, B / 2, B}, {{0, {0, 1, 2}, S}, {0, {2}, 2 * S}});
  EXPECT_NEAR(t.at(0), 2 * S / B, 1e-14 * t.at(0));
  EXPECT_NEAR(t.at(1), 3 * S / B, 1e-14 * t.at(1));
}

TEST(LinkNetwork, TheParkingLotIsFairPerFlow) {
  // n links in a row, one flow over all of them and one over each: max-min gives each B/2 (Bertsekas, Gallager: Data
  // Networks, 6.5.2), so all of S bytes end at 2 S/B.
  const std::uint32_t n = 7;
  std::vector<TimedFlow> flows{{0, {}, S}};
  for (std::uint32_t link = 0; link < n; ++link) {
    flows[0].links.push_back(link);
    flows.push_back({0, {link}, S});
  }
  for (const auto& [flow, t] : finishes(std::vector<BytesPerSecond>(n, B), flows)) EXPECT_NEAR(t, 2 * S / B, 1e-14 * t);
}

TEST(LinkNetwork, ALateFlowSlowsOnlyWhatItMeets) {
  // Flows 0 (link 0) and 1 (link 1) alone; flow 2 comes to link 0 at S/2B. 0: S/2 left at B/2 -> 1.5 S/B. 1 ends at S/B
  // as if alone. 2: S/2 moved by 1.5 S/B, then alone: 2 S/B.
  const auto t = finishes({B, B}, {{0, {0}, S}, {0, {1}, S}, {0.5 * S / B, {0}, S}});
  EXPECT_NEAR(t.at(0), 1.5 * S / B, 1e-14 * t.at(0));
  EXPECT_NEAR(t.at(1), S / B, 1e-14 * t.at(1));
  EXPECT_NEAR(t.at(2), 2 * S / B, 1e-14 * t.at(2));
}

TEST(LinkNetwork, FlowsOfOneRouteEndInOrderOfTheirSizes) {
  // 3 S from 0, S and 2 S from S/B on, all on one link: then 2 S, S, 2 S are left at B/3: S ends after 3 S/B more (at 4
  // S/B), the others have S left at B/2: both at 6 S/B.
  const std::vector<std::uint32_t> link{0};
  LinkNetwork network({B}, 1, 1);
  network.start({0, 0, 0}, Path{}, link, 3 * S, 0);
  network.start({0, 1, 0}, Path{}, link, S, S / B);
  network.start({0, 2, 0}, Path{}, link, 2 * S, S / B);
  std::vector<Flow> finished;
  EXPECT_NEAR(network.next_finish(), 4 * S / B, 1e-18);
  network.finish(finished);
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished[0].src, 1);
  EXPECT_NEAR(network.next_finish(), 6 * S / B, 1e-18);
  network.finish(finished);
  ASSERT_EQ(finished.size(), 3U);
  EXPECT_EQ(network.next_finish(), std::numeric_limits<double>::infinity());
}

/// Ranks with an egress and an ingress link each, and routes over random links between.
Topology random_routes(int ranks, std::size_t inner_links, std::size_t inner_length, bool equal_capacities,
                       std::mt19937_64& random) {
  std::uniform_real_distribution<double> capacity(0.3 * B, 2 * B);
  Topology topology;
  topology.ranks = ranks;
  const auto ports = 2 * static_cast<std::size_t>(ranks);
  for (std::size_t link = 0; link < ports + inner_links; ++link)
    topology.capacity.push_back(equal_capacities ? B : capacity(random));
  std::vector<std::uint32_t> inner(inner_links);
  for (std::size_t i = 0; i < inner_links; ++i) inner[i] = static_cast<std::uint32_t>(ports + i);
  for (int src = 0; src < ranks; ++src) {
    for (int dst = 0; dst < ranks; ++dst) {
      std::shuffle(inner.begin(), inner.end(), random);
      const std::size_t length = random() % (inner_length + 1);
      topology.routes.push_back({static_cast<std::uint32_t>(topology.route_links.size()),
                                 static_cast<std::uint32_t>(2 + length), src % 2 == 0 ? 1e-6 : 3e-6});
      topology.route_links.push_back(static_cast<std::uint32_t>(2 * src));
      topology.route_links.insert(topology.route_links.end(), inner.begin(),
                                  inner.begin() + static_cast<std::ptrdiff_t>(length));
      topology.route_links.push_back(static_cast<std::uint32_t>(2 * dst + 1));
    }
  }
  return topology;
}

struct Case {
  int ranks;
  std::size_t inner_links;
  std::size_t inner_length;
  bool equal_capacities;
  bool tokens;  ///< Sizes in whole tokens: many ties.
  double density;
};

class RandomRoutes : public ::testing::TestWithParam<Case> {};

/// Against the naive solver, which knows nothing but the definition; three exchanges that start in each other's middle.
TEST_P(RandomRoutes, EqualNaiveFilling) {
  const Case c = GetParam();
  for (unsigned seed = 1; seed <= 4; ++seed) {
    std::mt19937_64 random(seed);
    const Topology network = random_routes(c.ranks, c.inner_links, c.inner_length, c.equal_capacities, random);
    std::bernoulli_distribution present(c.density);
    std::uniform_real_distribution<double> size(1e3, 3e5);
    std::vector<Exchange> exchanges;
    for (std::uint64_t x = 0; x < 3; ++x) {
      const auto n = static_cast<std::size_t>(c.ranks);
      std::vector<std::vector<Bytes>> bytes(n, std::vector<Bytes>(n));
      for (auto& row : bytes)
        for (Bytes& b : row)
          b = !present(random) ? 0 : c.tokens ? 7168.0 * static_cast<double>(1 + random() % 40) : size(random);
      exchanges.push_back(make_exchange(bytes, x));
    }
    const auto posted = postings(exchanges, c.ranks * 1e-6, seed % 2 == 0 ? 0.0 : c.ranks * 2e-6, random);
    FlowNetwork flows(network);
    const Finishes finishes = run(flows, posted);
    const Finishes reference = run_naive(posted, network);
    ASSERT_EQ(finishes.received.size(), reference.received.size());
    for (const auto& [key, t] : reference.received) EXPECT_NEAR(finishes.received.at(key), t, 1e-11 * t) << seed;
    for (const auto& [key, t] : reference.sent) EXPECT_NEAR(finishes.sent.at(key), t, 1e-11 * t) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Generated, RandomRoutes,
                         ::testing::Values(Case{4, 2, 2, true, true, 1.0}, Case{4, 3, 2, false, false, 1.0},
                                           Case{8, 6, 3, true, true, 1.0}, Case{8, 6, 3, false, true, 0.4},
                                           Case{8, 20, 10, true, false, 1.0}, Case{12, 8, 2, false, false, 1.0},
                                           Case{12, 4, 1, true, true, 1.0}, Case{16, 16, 4, false, true, 0.3},
                                           Case{16, 40, 10, false, false, 0.1}, Case{20, 10, 3, true, true, 1.0}));

TEST(RedundantLinks, AreThoseThatASlowerOrEqualCompanionAlwaysPrecedes) {
  // Ranks 0 and 1; 0 -> 1 over links 0 (fast), 1 (slow), 2 (slow), 1 -> 0 over 0 (fast) and 3 (slower). Link 0's routes
  // have no link in common, so it stays. 1 and 2 are each other's companion: the first stays.
  Topology topology;
  topology.ranks = 2;
  topology.capacity = {10, 2, 2, 1};
  topology.route_links = {0, 1, 2, 0, 3};
  topology.routes = {{0, 0, 0}, {0, 3, 0}, {3, 2, 0}, {5, 0, 0}};
  const Topology without = without_redundant_links(topology);
  EXPECT_EQ(without.route(0, 1).length, 2U);
  EXPECT_EQ(without.links(without.route(0, 1))[1], 1U);
  EXPECT_EQ(without.route(1, 0).length, 2U);
}

}  // namespace
}  // namespace ringtail::testing
