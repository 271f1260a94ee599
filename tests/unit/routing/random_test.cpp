#include "routing/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <vector>

namespace ringtail {
namespace {

/// Philox4x32-10 in its authors' words (Salmon et al. 2011, section 3.3): a second implementation to check against.
RandomBlock philox_by_the_paper(RandomBlock x, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * x[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * x[2];
    x = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ key0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ key1, static_cast<std::uint32_t>(a)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return x;
}

// Random123's published known answer for counter 0, key 0 (tests/kat_vectors) ties the second implementation down.
TEST(Random, PhiloxGivesThePublishedAnswer) {
  EXPECT_EQ(philox_by_the_paper({0, 0, 0, 0}, 0, 0), (RandomBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox(0, {0, 0, 0, 0}), (RandomBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  // The same file's answer for all bits set: both key halves and all counter words are in their places.
  EXPECT_EQ(philox(~std::uint64_t{0}, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}),
            (RandomBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

// The key is documented as low word first and the counter as {layer, sequence, token, block}.
TEST(Random, StreamIsPhiloxOfTheDocumentedKey) {
  const RandomStream stream(42, 3, "expert_choice");
  const std::uint64_t key = mix64(42 ^ mix64(3 ^ mix64(fnv1a("expert_choice"))));
  for (std::uint32_t i = 0; i < 100; ++i) {
    const RandomBlock counter = {i, 1000 + i, 7 * i, i % 3};
    EXPECT_EQ(stream.block(counter),
              philox_by_the_paper(counter, static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)));
  }
}

// FNV-1a's published test vectors (draft-eastlake-fnv, appendix C) and the first outputs of SplitMix64 seeded with 0
// and with its increment (Vigna's splitmix64.c).
TEST(Random, HashesGiveThePublishedAnswers) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8);
  EXPECT_EQ(mix64(0), 0xe220a8397b1dcdaf);
  EXPECT_EQ(mix64(0x9e3779b97f4a7c15), 0x6e789e6aa1b965f4);
}

// Seeds, replications and names that differ by one bit or one letter must not share a key: 3 · 3 · 3 keys, all
// distinct.
TEST(Random, EveryPartOfTheKeyCounts) {
  std::set<std::uint64_t> keys;
  for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 63})
    for (const int replication : {0, 1, 2})
      for (const char* name : {"a", "b", "expert_choice"}) keys.insert(RandomStream(seed, replication, name).key());
  EXPECT_EQ(keys.size(), 27u);
}

// Each of the 24 orders of 4 items has probability 1/24. With 24000 shuffles a count is binomial with mean 1000 and
// σ = √(1000·23/24) = 30.96; |z| > 5.6 has probability 2.1e-8 per order, 5e-7 for any of the 24.
TEST(Random, ShuffleHasNoFavouriteOrder) {
  const RandomStream stream(1, 0, "test");
  std::map<std::array<int, 4>, int> counts;
  for (std::uint32_t layer = 0; layer < 24000; ++layer) {
    std::array<int, 4> items = {0, 1, 2, 3};
    shuffle(std::span<int>(items), stream, layer);
    ++counts[items];
  }
  ASSERT_EQ(counts.size(), 24u);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 5.6 * 30.96);
}

// A shuffle is a permutation, whatever the length.
TEST(Random, ShuffleLosesNothing) {
  const RandomStream stream(9, 1, "test");
  for (const std::size_t n : {0u, 1u, 2u, 256u, 5000u}) {
    std::vector<int> items(n);
    std::iota(items.begin(), items.end(), 0);
    const std::vector<int> before = items;
    shuffle(std::span<int>(items), stream, 0);
    if (n >= 256) {
      EXPECT_NE(items, before);  // to stay put by chance has probability 1 / 256!
    }
    std::sort(items.begin(), items.end());
    EXPECT_EQ(items, before);
  }
}

}  // namespace
}  // namespace ringtail
