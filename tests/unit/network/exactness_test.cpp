#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "network/naive.hpp"

/// The network against an independent solver (naive.hpp) that shares no idea with it but the definition of max-min
/// fairness. Both are exact, so they may differ by rounding only.
namespace ringtail::testing {
namespace {

enum class Sizes { distinct, tokens, equal, single_byte };
enum class Starts { together, staggered, an_ulp_apart };

struct Case {
  int ranks = 4;
  int island = 4;
  double density = 1.0;  ///< Fraction of the pairs that have a transfer.
  Sizes sizes = Sizes::distinct;
  Starts starts = Starts::together;
  int exchanges = 1;
  unsigned seed = 1;
};

Bytes random_bytes(Sizes sizes, std::mt19937_64& random) {
  std::uniform_real_distribution<double> real(1e3, 3e5);
  std::uniform_int_distribution<int> tokens(1, 40);
  switch (sizes) {
    case Sizes::distinct: return real(random);
    case Sizes::tokens: return 7168.0 * tokens(random);
    case Sizes::equal: return 1e5;
    case Sizes::single_byte: return tokens(random) == 1 ? 1.0 : 7168.0 * tokens(random);
  }
  return 0;
}

std::vector<Exchange> random_exchanges(const Case& c, std::mt19937_64& random) {
  std::vector<Exchange> exchanges;
  std::bernoulli_distribution present(c.density);
  const auto n = static_cast<std::size_t>(c.ranks);
  for (int x = 0; x < c.exchanges; ++x) {
    std::vector<std::vector<Bytes>> bytes(n, std::vector<Bytes>(n));
    for (auto& row : bytes)
      for (Bytes& b : row) b = present(random) ? random_bytes(c.sizes, random) : 0;
    exchanges.push_back(make_exchange(bytes, static_cast<std::uint64_t>(x)));
  }
  return exchanges;
}

std::vector<Posting> random_postings(const Case& c, const std::vector<Exchange>& exchanges, std::mt19937_64& random) {
  // An exchange of ranks * 1e5 bytes over 50 GB/s takes about ranks * 2 us; the next one begins in the middle of it.
  const Seconds length = c.ranks * 2e-6;
  std::vector<Posting> all = postings(exchanges, 0.4 * length, c.starts == Starts::staggered ? length : 0.0, random);
  if (c.starts == Starts::an_ulp_apart)
    for (std::size_t i = 1; i < all.size(); ++i)
      all[i].t = all[i].t > all[i - 1].t + 1e-9 ? all[i].t : std::nextafter(all[i - 1].t, 1.0);
  return all;
}

void expect_equal(const std::map<std::pair<std::uint64_t, int>, Seconds>& times,
                  const std::map<std::pair<std::uint64_t, int>, Seconds>& reference, const std::string& what) {
  ASSERT_EQ(times.size(), reference.size()) << what;
  for (const auto& [key, t] : reference)
    EXPECT_NEAR(times.at(key), t, 1e-11 * t) << what << ", exchange " << key.first << ", rank " << key.second;
}

class Exactness : public ::testing::TestWithParam<std::tuple<int, Sizes, Starts, int>> {};

TEST_P(Exactness, EqualsNaiveFilling) {
  const auto [ranks, sizes, starts, exchanges] = GetParam();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const Case c{ranks, seed == 3 ? ranks : std::max(2, ranks / 4), seed == 2 ? 0.3 : 1.0, sizes, starts, exchanges,
                 seed};
    std::mt19937_64 random(seed);
    const Topology network = topology({c.ranks, c.island, 450e9, 50e9, 1e-6, 5e-6});
    const std::vector<Exchange> all = random_exchanges(c, random);
    const std::vector<Posting> posted = random_postings(c, all, random);
    FlowNetwork flows(network);
    const Finishes finishes = run(flows, posted);
    const Finishes reference = run_naive(posted, network);
    expect_equal(finishes.sent, reference.sent, "sent, seed " + std::to_string(seed));
    expect_equal(finishes.received, reference.received, "received, seed " + std::to_string(seed));
  }
}

// 4 x 4 x 3 x 2 x 3 seeds = 288 cases, and 6 larger ones.
INSTANTIATE_TEST_SUITE_P(
    Generated, Exactness,
    ::testing::Combine(::testing::Values(4, 7, 16, 24),
                       ::testing::Values(Sizes::distinct, Sizes::tokens, Sizes::equal, Sizes::single_byte),
                       ::testing::Values(Starts::together, Starts::staggered, Starts::an_ulp_apart),
                       ::testing::Values(1, 3)));

INSTANTIATE_TEST_SUITE_P(Large, Exactness,
                         ::testing::Combine(::testing::Values(64), ::testing::Values(Sizes::tokens),
                                            ::testing::Values(Starts::together, Starts::staggered),
                                            ::testing::Values(1)));

}  // namespace
}  // namespace ringtail::testing
