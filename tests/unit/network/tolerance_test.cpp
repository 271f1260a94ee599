#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "network/token_traffic.hpp"

/// The network within a tolerance against the exact one, which exactness_test.cpp compares with a naive solver.
namespace ringtail::testing {
namespace {

/// Every mix of popularity, starts, density, number of tiers and of collectives, at each size: 36 cases, with as many
/// seeds as keep the test short.
std::vector<Case> corpus(int ranks, unsigned seeds) {
  std::vector<Case> cases;
  unsigned mix = 0;
  for (const Popularity popularity : {Popularity::uniform, Popularity::zipf, Popularity::lognormal})
    for (const Starts starts : {Starts::together, Starts::over_a_third, Starts::over_all})
      for (const int exchanges : {1, 3})
        for (const int tokens : {128, 4})
          for (unsigned seed = 1; seed <= seeds; ++seed)
            cases.push_back(
                {ranks, ++mix % 2 == 0 ? ranks : std::max(2, ranks / 8), popularity, starts, tokens, exchanges, seed});
  return cases;
}

std::string describe(const Case& c) {
  return fmt::format("{} ranks, island {}, popularity {}, starts {}, exchanges {}, tokens {}, seed {}", c.ranks,
                     c.island, static_cast<int>(c.popularity), static_cast<int>(c.starts), c.exchanges, c.tokens,
                     c.seed);
}

class Corpus : public ::testing::TestWithParam<std::pair<int, unsigned>> {};

// The promise of the default tolerance, on 36 to 108 cases per size, 468 in all. With several collectives at once a few
// finishes may be off by more where the exact ones jump (worst_unexplained): one in 10 000.
TEST_P(Corpus, IsWithinTwoPercentOfExact) {
  double sum = 0;
  int count = 0;
  int beyond = 0;
  for (const Case& c : corpus(GetParam().first, GetParam().second)) {
    const Collectives collectives(c);
    const Errors e = expect_within_two_percent(collectives, network_of(c), describe(c));
    sum += e.sum;
    count += e.count;
    beyond += e.beyond;
  }
  EXPECT_LE(beyond, 1 + count / 10000);
  EXPECT_LE(sum / count, 0.002);  // Ten times better on average.
}

INSTANTIATE_TEST_SUITE_P(Sizes, Corpus,
                         ::testing::Values(std::pair{4, 3U}, std::pair{12, 3U}, std::pair{16, 2U}, std::pair{24, 2U},
                                           std::pair{32, 1U}, std::pair{48, 1U}, std::pair{64, 1U}),
                         [](const auto& p) { return std::to_string(p.param.first); });

TEST(Tolerance, HoldsAt128Ranks) {
  for (const Popularity popularity : {Popularity::uniform, Popularity::zipf, Popularity::lognormal}) {
    const Errors e = errors({128, 8, popularity, Starts::over_a_third, 128, 1, 5}, 0.02);
    EXPECT_LE(e.worst, 0.02);
    EXPECT_LE(e.makespan, 0.01);
  }
}

// A tolerance is worth its name only if a smaller one gives smaller errors.
TEST(Tolerance, HalvingItNeverRaisesTheMeanError) {
  for (const Popularity popularity : {Popularity::uniform, Popularity::zipf, Popularity::lognormal}) {
    const Case c{32, 32, popularity, Starts::over_a_third, 128, 1, 3};
    double last = 1;
    for (const double tolerance : {0.08, 0.04, 0.02, 0.01, 0.005}) {
      const double mean = errors(c, tolerance).mean();
      EXPECT_LE(mean, last) << tolerance;
      last = mean;
    }
    EXPECT_LE(last, 5e-4);
  }
}

// Bytes and capacities times the same number: the same times. Powers of two, so that not even rounding differs.
TEST(Tolerance, TimesDoNotDependOnTheUnitOfBytes) {
  const Case c{32, 32, Popularity::zipf, Starts::over_a_third, 128, 2, 4};
  const Finishes one = finishes(c, 0.02);
  for (const double unit : {std::exp2(-20), std::exp2(20)}) {
    Collectives scaled(c);
    for (Exchange& exchange : scaled.exchanges)
      for (Transfer& transfer : exchange.transfers) transfer.bytes *= unit;
    FlowNetwork network(topology({32, 32, 450e9 * unit, nic * unit, 1e-6, 5e-6}), 0.02);
    const Finishes other = run(network, scaled.posted);
    EXPECT_EQ(one.sent, other.sent);
    EXPECT_EQ(one.received, other.received);
    EXPECT_EQ(one.last_src, other.last_src);
  }
}

// No port moves bytes faster than its capacity, so a rank that sends or receives B bytes through one port needs B/C at
// least; and the busiest one, if all start together on one switch, needs little more.
TEST(Tolerance, NoRankFinishesBeforeItsBytesCouldMove) {
  for (const Popularity popularity : {Popularity::uniform, Popularity::zipf, Popularity::lognormal}) {
    const Case c{32, 32, popularity, Starts::together, 128, 1, 6};
    const Collectives collectives(c);
    FlowNetwork network(one_switch(32, nic, 0), 0.02);
    const Finishes f = run(network, collectives.posted);
    const PortLoads loads = loads_of(collectives.exchanges.front(), 32);
    // 1e-3: single precision, and what a port may be ahead of its capacity within a step.
    for (std::size_t m = 0; m < 32; ++m) {
      EXPECT_GE(f.sent.at({0, static_cast<int>(m)}), loads.out[m] / nic * (1 - 1e-3));
      EXPECT_GE(f.received.at({0, static_cast<int>(m)}), loads.in[m] / nic * (1 - 1e-3));
    }
  }
}

// m equal messages to each of N - 1 others: every port is full from the beginning to the end.
TEST(Tolerance, EqualMessagesTakeTheLoadOfAPort) {
  for (const Bytes bytes : {1.0, 7168.0, 100e9}) {
    std::vector<std::vector<Bytes>> all(24, std::vector<Bytes>(24, bytes));
    const Exchange exchange = make_exchange(all);
    std::vector<Posting> posted;
    for (int m = 0; m < 24; ++m) posted.push_back({0, &exchange, m});
    FlowNetwork network(one_switch(24, nic, 0), 0.02);
    for (const auto& [key, t] : run(network, posted).received) EXPECT_NEAR(t / (23 * bytes / nic), 1, 1e-5);
  }
}

// One byte beside 100 GB, all from one rank to all: small flows must neither stall the large ones nor be lost.
TEST(Tolerance, TinyAndHugeFlowsShareASwitch) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(0, 11);
  std::vector<std::vector<Bytes>> bytes(16, std::vector<Bytes>(16));
  for (auto& row : bytes)
    for (Bytes& b : row) b = std::pow(10, exponent(random));
  const Exchange exchange = make_exchange(bytes);
  std::vector<Posting> posted;
  for (int m = 0; m < 16; ++m) posted.push_back({0, &exchange, m});
  FlowNetwork fast(one_switch(16, nic, 0), 0.02);
  FlowNetwork exact(one_switch(16, nic, 0));
  Errors e;
  e.add(run(fast, posted), run(exact, posted), posted);
  EXPECT_LE(e.worst, 0.02);
}

// Rows that start an ulp apart, long after time 0, must be like rows that start together but for that.
TEST(Tolerance, StartsAnUlpApart) {
  const Case c{16, 16, Popularity::lognormal, Starts::together, 128, 1, 2};
  Collectives collectives(c);
  Seconds t = 1;
  for (Posting& posting : collectives.posted) posting.t = t = std::nextafter(t, 2.0);
  FlowNetwork fast(network_of(c), 0.02);
  FlowNetwork exact(network_of(c));
  Errors e;
  e.add(run(fast, collectives.posted), run(exact, collectives.posted), collectives.posted);
  EXPECT_LE(e.worst, 0.02);
}

// Two ranks behind one ingress port (a shared NIC): a row has two flows in one column, and each rank its own finish.
TEST(Tolerance, RanksThatShareAPort) {
  constexpr int ranks = 32;
  Topology shared;
  shared.ranks = ranks;
  shared.capacity.assign(ranks, nic);  // Link 2g out and 2g + 1 in, of the pair of ranks 2g and 2g + 1.
  for (int src = 0; src < ranks; ++src) {
    for (int dst = 0; dst < ranks; ++dst) {
      shared.routes.push_back({static_cast<std::uint32_t>(shared.route_links.size()), 2, 0});
      shared.route_links.push_back(static_cast<std::uint32_t>(src / 2 * 2));
      shared.route_links.push_back(static_cast<std::uint32_t>(dst / 2 * 2 + 1));
    }
  }
  const Collectives collectives(Case{ranks, ranks, Popularity::zipf, Starts::over_a_third, 128, 2, 1});
  FlowNetwork fast(shared, 0.02);
  FlowNetwork exact(shared);
  Errors e;
  e.add(run(fast, collectives.posted), run(exact, collectives.posted), collectives.posted);
  EXPECT_LE(e.worst, 0.02);
}

// The last source is that of the flow that arrived last; two that arrive within the tolerance of each other may be
// taken for one another.
TEST(Tolerance, LastSourceIsOneOfTheLast) {
  const Case c{32, 32, Popularity::uniform, Starts::over_all, 128, 1, 8};
  const Finishes fast = finishes(c, 0.02);
  const Finishes exact = finishes(c, 0);
  int same = 0;
  for (const auto& [key, src] : exact.last_src) same += fast.last_src.at(key) == src ? 1 : 0;
  EXPECT_GE(same, 30);  // Of 32: rows start far apart.
}

TEST(Tolerance, ForgetsWhatIsOver) {
  FlowNetwork network(network_of({16, 16}), 0.02);
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Collectives collectives(Case{16, 16, Popularity::zipf, Starts::over_a_third, 128, 3, seed});
    for (Posting& posting : collectives.posted) posting.t += seed;
    run(network, collectives.posted);
    EXPECT_EQ(network.open_exchanges(), 0U);
  }
}

}  // namespace
}  // namespace ringtail::testing
