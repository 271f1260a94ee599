#include "network/max_min.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The identity that max-min fair levels and no others satisfy: with each flow at the lower level of its two ports, a
/// port with a finite level is used up, and a port without is not overfull (docs/decisions/0001-flow-solver.md proves
/// it).
void expect_fair(const MaxMin& shares, const std::vector<double>& egress, const std::vector<double>& ingress) {
  const auto check = [&](std::size_t port, double capacity, double used) {
    EXPECT_LE(used, capacity * (1 + 1e-9)) << "port " << port;
    if (shares.level(port) < infinity) {
      EXPECT_NEAR(used, capacity, 1e-9 * capacity) << "port " << port;
    }
  };
  for (std::size_t e = 0; e < egress.size(); ++e) {
    double used = 0;
    for (std::size_t i = 0; i < ingress.size(); ++i)
      if (shares.flows(e, i) > 0)
        used += shares.flows(e, i) * std::min(shares.level(e), shares.level(shares.side() + i));
    check(e, egress[e], used);
  }
  for (std::size_t i = 0; i < ingress.size(); ++i) {
    double used = 0;
    for (std::size_t e = 0; e < egress.size(); ++e)
      if (shares.flows(e, i) > 0)
        used += shares.flows(e, i) * std::min(shares.level(e), shares.level(shares.side() + i));
    check(shares.side() + i, ingress[i], used);
  }
}

TEST(MaxMin, SharesAPortEqually) {
  // Three flows leave port 0 (capacity 12): 4 each, and nobody limits the ingress ports.
  MaxMin shares({12.0}, {12.0, 12.0, 12.0});
  for (std::size_t i = 0; i < 3; ++i) shares.change(0, i, +1);
  shares.solve();
  EXPECT_DOUBLE_EQ(shares.level(0), 4.0);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(shares.level(shares.side() + i), infinity);
}

TEST(MaxMin, GivesWhatALimitedFlowLeavesToTheOthers) {
  // Egress 0 has three flows, so 4 each; one of them goes to ingress 0, whose other flow gets 12 - 4 = 8.
  MaxMin shares({12.0, 12.0}, {12.0, 12.0, 12.0});
  for (std::size_t i = 0; i < 3; ++i) shares.change(0, i, +1);
  shares.change(1, 0, +1);
  shares.solve();
  EXPECT_DOUBLE_EQ(shares.level(0), 4.0);
  EXPECT_DOUBLE_EQ(shares.level(shares.side()), 8.0);
  EXPECT_EQ(shares.level(1), infinity);
}

TEST(MaxMin, CountsFlowsBetweenTheSamePorts) {
  // Two flows 0 -> 0 and one 0 -> 1 share egress 0: 4 each. One flow 1 -> 0 has 12 - 2 x 4 = 4 of ingress 0: a tie.
  MaxMin shares({12.0, 12.0}, {12.0, 12.0});
  shares.change(0, 0, +2);
  shares.change(0, 1, +1);
  shares.change(1, 0, +1);
  shares.solve();
  EXPECT_DOUBLE_EQ(std::min(shares.level(0), shares.level(shares.side())), 4.0);
  EXPECT_DOUBLE_EQ(std::min(shares.level(1), shares.level(shares.side())), 4.0);
}

TEST(MaxMin, FindsTheOrderAgainWhenItIsReversed) {
  // Egress e sends to all ingresses that have room to spare, so its level is capacity / flows. Adding flows to the fast
  // ones reverses the order of levels; the last solve's order is then wrong at every place.
  const std::vector<double> egress{10, 20, 30, 40};
  const std::vector<double> ingress(32, 1000.0);
  MaxMin shares(egress, ingress);
  for (std::size_t e = 0; e < 4; ++e) shares.change(e, 0, +1);
  shares.solve();
  for (std::size_t e = 0; e < 4; ++e) EXPECT_DOUBLE_EQ(shares.level(e), egress[e]);
  for (std::size_t e = 1; e < 4; ++e)
    for (std::size_t i = 1; i < 8 * e; ++i) shares.change(e, i, +1);
  shares.solve();
  EXPECT_DOUBLE_EQ(shares.level(0), 10.0);
  EXPECT_DOUBLE_EQ(shares.level(1), 20.0 / 8);
  EXPECT_DOUBLE_EQ(shares.level(2), 30.0 / 16);
  EXPECT_DOUBLE_EQ(shares.level(3), 40.0 / 24);
}

struct Walk {
  std::size_t egress = 4;
  std::size_t ingress = 4;
  bool equal_capacities = true;
  int most_flows = 1;  ///< Between the same two ports.
  int batch = 1;       ///< Changes between two solves.
};

class RandomWalk : public ::testing::TestWithParam<Walk> {};

/// Flows come and go at random, from none to all and back, and every solve must be fair whatever the last one left
/// behind. Equal capacities and whole flow counts make ties, the other way round every level differs.
TEST_P(RandomWalk, IsFairAfterEverySolve) {
  const Walk walk = GetParam();
  std::mt19937_64 random(walk.egress * 1000 + walk.ingress);
  std::uniform_real_distribution<double> capacity(1.0, 10.0);
  std::vector<double> egress(walk.egress, 5.0);
  std::vector<double> ingress(walk.ingress, 5.0);
  if (!walk.equal_capacities) {
    for (double& c : egress) c = capacity(random);
    for (double& c : ingress) c = capacity(random);
  }
  MaxMin shares(egress, ingress);
  std::uniform_int_distribution<std::size_t> any_egress(0, walk.egress - 1);
  std::uniform_int_distribution<std::size_t> any_ingress(0, walk.ingress - 1);
  const int solves = 1500;
  for (int n = 0; n < solves && !HasFailure(); ++n) {
    // Filling up in the first half, emptying in the second.
    std::bernoulli_distribution adds(n < solves / 2 ? 0.9 : 0.05);
    for (int b = 0; b < walk.batch; ++b) {
      const std::size_t e = any_egress(random);
      const std::size_t i = any_ingress(random);
      if (adds(random) ? shares.flows(e, i) < walk.most_flows : false)
        shares.change(e, i, +1);
      else if (shares.flows(e, i) > 0)
        shares.change(e, i, -1);
    }
    shares.solve();
    expect_fair(shares, egress, ingress);
  }
}

INSTANTIATE_TEST_SUITE_P(Generated, RandomWalk,
                         ::testing::Values(Walk{3, 3, true, 1, 1}, Walk{8, 8, true, 1, 1}, Walk{8, 8, false, 1, 1},
                                           Walk{8, 8, true, 3, 5}, Walk{5, 13, false, 2, 3}, Walk{16, 16, true, 1, 4},
                                           Walk{16, 16, false, 2, 4}, Walk{30, 30, true, 1, 8},
                                           Walk{30, 30, false, 1, 8}, Walk{64, 64, true, 2, 40},
                                           Walk{70, 100, false, 1, 40}, Walk{1, 20, false, 2, 1}));

}  // namespace
}  // namespace ringtail
