#include "routing/expert_sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <tuple>

#include "routing/enumeration.hpp"
#include "routing/popularity.hpp"
#include "routing/sampling_error.hpp"
#include "routing/successive_sampling.hpp"

namespace ringtail {
namespace {

using Shape = ExpertSampler::Shape;

Routing zipf(double alpha, bool permute = true) {
  return {.popularity = {Popularity::Kind::zipf, alpha}, .permute = permute};
}
const Routing uniform = {.popularity = {}, .permute = false};

std::vector<std::uint32_t> sequences(std::uint32_t n, std::uint32_t first = 0) {
  std::vector<std::uint32_t> ids(n);
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

std::vector<std::uint16_t> draw(const ExpertSampler& sampler, int k, int layer, std::uint32_t token,
                                const std::vector<std::uint32_t>& ids) {
  std::vector<std::uint16_t> out(ids.size() * static_cast<std::size_t>(k));
  sampler.draw(layer, token, ids, out);
  return out;
}

int distinct(const std::vector<std::uint16_t>& experts) {
  return static_cast<int>(std::set<std::uint16_t>(experts.begin(), experts.end()).size());
}

// k experts of one token are k different ones. Shapes: usual; all experts; one; with a certain expert (the exponent at
// its limit); with a dominant one that needs a table without it; all but one.
TEST(ExpertSampler, TopKNeverRepeats) {
  for (const auto& [experts, k, alpha] : {std::tuple{256, 8, 0.8},
                                          {16, 16, 0.0},
                                          {2048, 1, 1.0},
                                          {256, 8, max_zipf_exponent(256, 8)},
                                          {16, 2, 1.582},
                                          {60, 59, 0.005}}) {
    const ExpertSampler sampler({1, experts, k}, zipf(alpha), 5, 0);
    const std::vector<std::uint16_t> out = draw(sampler, k, 0, 0, sequences(2000));
    for (auto token = out.begin(); token != out.end(); token += k) {
      ASSERT_EQ(std::set<std::uint16_t>(token, token + k).size(), static_cast<std::size_t>(k));
      ASSERT_LT(*std::max_element(token, token + k), experts);
    }
  }
}

// How often an expert is among a token's k is binomial with its inclusion probability, because tokens are independent.
// 9 cases of at most 256 experts: with 1e-6 / 2304 for each, a right sampler fails at one seed in a million. At 0.8 the
// bound is 0.6 % of the hottest expert's share, where uncalibrated weights are wrong by 25 %. The last two cases have a
// certain expert (variance 0, so the bound is the 6.6 of Bernstein's linear term) and a dominant one.
TEST(ExpertSampler, MarginalsMeetInclusion) {
  constexpr std::uint32_t tokens = 400'000;
  for (const auto& [experts, k, alpha] : {std::tuple{256, 1, 0.0},
                                          {256, 2, 0.0},
                                          {256, 8, 0.0},
                                          {256, 1, 0.8},
                                          {256, 2, 0.8},
                                          {256, 8, 0.8},
                                          {100, 5, 0.6},
                                          {256, 8, max_zipf_exponent(256, 8)},
                                          {16, 2, 1.582}}) {
    const ExpertSampler sampler({1, experts, k}, zipf(alpha), 1, 0);
    std::vector<int> counts(static_cast<std::size_t>(experts));
    for (const std::uint16_t expert : draw(sampler, k, 0, 0, sequences(tokens))) ++counts[expert];
    const std::vector<double> inclusion = sampler.inclusion(0);
    for (std::size_t e = 0; e < counts.size(); ++e) {
      const double variance = tokens * inclusion[e] * std::abs(1 - inclusion[e]);
      EXPECT_NEAR(counts[e], tokens * inclusion[e], sampling_error(variance, 1e-6 / 2304)) << "expert " << e;
    }
  }
}

// Not only the marginals: the ordered choices are those of successive sampling with the calibrated weights, enumerated
// by the definition, also where a dominant expert gets a table without it (exponent 1.2347: π = 0.99987 for the first).
// 5·4·3 + 5·4 = 80 orders, 1e-6 in all.
TEST(ExpertSampler, OrdersAreThoseOfSuccessiveSampling) {
  constexpr std::uint32_t tokens = 400'000;
  for (const auto& [k, alpha] : {std::pair{3, 0.5}, {2, 1.2347}}) {
    const ExpertSampler sampler({1, 5, k}, zipf(alpha, false), 1, 0);
    const std::vector<std::uint16_t> out = draw(sampler, k, 0, 0, sequences(tokens));
    std::map<std::vector<int>, int> counts;
    for (auto token = out.begin(); token != out.end(); token += k) ++counts[std::vector<int>(token, token + k)];
    enumerate_orders(successive_weights(inclusion_by_rank({Popularity::Kind::zipf, alpha}, 5, k)), k,
                     [&](const std::vector<int>& order, double probability) {
                       const double variance = tokens * probability * (1 - probability);
                       EXPECT_NEAR(counts[order], tokens * probability, sampling_error(variance, 1e-6 / 80));
                     });
  }
}

// B tokens miss expert e with probability (1 - π_e)^B, so Σ 1 - (1 - π_e)^B experts are expected in a batch. The number
// is a function of B independent tokens, each of which changes it by at most k: McDiarmid's inequality would do, but
// the mean of 2000 batches is normal to good accuracy; 5.5 standard errors happen by chance once in 26 million.
TEST(ExpertSampler, DistinctExpertsAreAsExpected) {
  constexpr int batches = 2000;
  const ExpertSampler sampler({1, 256, 8}, zipf(0.8), 3, 0);
  for (const std::uint32_t batch : {1u, 16u, 128u}) {
    double expected = 0;
    for (const double pi : sampler.inclusion(0)) expected += 1 - std::pow(1 - pi, batch);
    double sum = 0;
    double squares = 0;
    for (std::uint32_t b = 0; b < batches; ++b) {
      const double found = distinct(draw(sampler, 8, 0, b, sequences(batch)));
      sum += found;
      squares += found * found;
    }
    const double mean = sum / batches;
    const double error = std::sqrt((squares / batches - mean * mean) / batches);
    EXPECT_NEAR(mean, expected, 5.5 * error + 1e-9) << "batch " << batch;  // a batch of one has exactly 8, error 0
    EXPECT_LT(error, 0.2);                                                 // the comparison is sharp
  }
}

// Common random numbers: a token's experts are the same alone, in any batch and in any order.
TEST(ExpertSampler, DrawDoesNotDependOnTheBatch) {
  const ExpertSampler sampler({3, 256, 8}, zipf(0.89), 7, 2);
  const std::vector<std::uint16_t> all = draw(sampler, 8, 2, 11, sequences(100));
  std::vector<std::uint32_t> backwards = sequences(100);
  std::reverse(backwards.begin(), backwards.end());
  const std::vector<std::uint16_t> reversed = draw(sampler, 8, 2, 11, backwards);
  for (std::size_t s = 0; s < 100; ++s) {
    const std::vector<std::uint16_t> experts(all.begin() + static_cast<long>(8 * s),
                                             all.begin() + static_cast<long>(8 * s + 8));
    EXPECT_EQ(draw(sampler, 8, 2, 11, {static_cast<std::uint32_t>(s)}), experts);
    EXPECT_TRUE(std::equal(experts.begin(), experts.end(), reversed.begin() + static_cast<long>(8 * (99 - s))));
  }
}

// For equal popularity the definition is short: a word w is expert ⌊w·E / 2^32⌋, repeats are skipped. This pins down
// which random word is used where, so that a change of it cannot pass unnoticed.
TEST(ExpertSampler, UniformDrawIsTheDocumentedOne) {
  const ExpertSampler sampler({4, 160, 6}, uniform, 99, 1);
  const RandomStream stream(99, 1, "expert_choice");
  for (const std::uint32_t sequence : {0u, 1u, 77u, 4'000'000'000u}) {
    std::vector<std::uint16_t> expected;
    for (std::uint32_t n = 0; expected.size() < 6; ++n) {
      const std::uint64_t word = stream.block({3, sequence, 12, n / 4})[n % 4];
      const auto expert = static_cast<std::uint16_t>((word * 160) >> 32);
      if (std::find(expected.begin(), expected.end(), expert) == expected.end()) expected.push_back(expert);
    }
    EXPECT_EQ(draw(sampler, 6, 3, 12, {sequence}), expected);
  }
}

/// Experts that two equally long lists of tokens have in common, token by token, summed.
int overlap(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b, std::size_t k) {
  int common = 0;
  for (std::size_t first = 0; first < a.size(); first += k)
    for (std::size_t i = first; i < first + k; ++i)
      common += static_cast<int>(
          std::count(b.begin() + static_cast<long>(first), b.begin() + static_cast<long>(first + k), a[i]));
  return common;
}

// Two independent uniform choices of k of E share a hypergeometric number of experts: mean k²/E, variance
// k·p(1-p)(E-k)/(E-1) with p = k/E. Neighbours in layer, step, sequence, replication and seed must look like that. The
// sum is divided by k to be within Bernstein's [-1, 1]; five comparisons share 1e-6. (Sequence s and s+1 are compared
// for even s only, so that the terms are independent.)
TEST(ExpertSampler, NeighboursAreUncorrelated) {
  constexpr std::uint32_t tokens = 50'000;
  constexpr double k = 8;
  constexpr double p = k / 256;
  const double error = k * sampling_error(tokens * k * p * (1 - p) * (256 - k) / 255 / (k * k), 1e-6 / 5);
  std::vector<std::uint32_t> even = sequences(tokens);
  for (std::uint32_t& s : even) s *= 2;
  std::vector<std::uint32_t> odd = even;
  for (std::uint32_t& s : odd) ++s;

  const ExpertSampler sampler({2, 256, 8}, uniform, 1, 0);
  const std::vector<std::uint16_t> base = draw(sampler, 8, 0, 0, even);
  const double expected = tokens * k * p;
  EXPECT_NEAR(overlap(base, draw(sampler, 8, 1, 0, even), 8), expected, error) << "layers";
  EXPECT_NEAR(overlap(base, draw(sampler, 8, 0, 1, even), 8), expected, error) << "steps";
  EXPECT_NEAR(overlap(base, draw(sampler, 8, 0, 0, odd), 8), expected, error) << "sequences";
  EXPECT_NEAR(overlap(base, draw(ExpertSampler({2, 256, 8}, uniform, 1, 1), 8, 0, 0, even), 8), expected, error);
  EXPECT_NEAR(overlap(base, draw(ExpertSampler({2, 256, 8}, uniform, 2, 0), 8, 0, 0, even), 8), expected, error);
}

// inclusion() is the popularity in each layer's order: always the same values, in another order per layer and
// replication, in order of expert number without `permute`.
TEST(ExpertSampler, PopularityIsPermutedPerLayerAndReplication) {
  const std::vector<double> by_rank = inclusion_by_rank({Popularity::Kind::zipf, 0.8}, 256, 8);
  EXPECT_EQ(ExpertSampler({2, 256, 8}, zipf(0.8, false), 1, 0).inclusion(1), by_rank);
  const ExpertSampler first({2, 256, 8}, zipf(0.8), 1, 0);
  const ExpertSampler second({2, 256, 8}, zipf(0.8), 1, 1);
  std::set<std::vector<double>> orders;
  for (const auto& inclusion : {first.inclusion(0), first.inclusion(1), second.inclusion(0), second.inclusion(1)}) {
    orders.insert(inclusion);
    std::vector<double> sorted = inclusion;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    EXPECT_EQ(sorted, by_rank);
  }
  EXPECT_EQ(orders.size(), 4u);  // two equal ones would be a chance of 1 / 256!
}

// The hottest expert may be any with probability 1/16: 8000 layers over 8 replications, 1e-6 for the 16 counts.
TEST(ExpertSampler, HottestExpertIsUniform) {
  std::vector<int> counts(16);
  for (int replication = 0; replication < 8; ++replication) {
    const ExpertSampler sampler({1000, 16, 2}, zipf(0.5), 1, replication);
    for (int layer = 0; layer < 1000; ++layer) {
      const std::vector<double> inclusion = sampler.inclusion(layer);
      ++counts[static_cast<std::size_t>(std::max_element(inclusion.begin(), inclusion.end()) - inclusion.begin())];
    }
  }
  for (const int count : counts) EXPECT_NEAR(count, 500, sampling_error(8000 / 16.0 * 15 / 16, 1e-6 / 16));
}

// The draw follows the permutation: experts are met as often as *their* inclusion in *that* layer says. Popularity
// shuffled in inclusion() but not in draw(), or by another layer's order, would be off by whole multiples.
TEST(ExpertSampler, EachLayerHasItsOwnPopularity) {
  constexpr std::uint32_t tokens = 100'000;
  const ExpertSampler sampler({3, 64, 6}, zipf(0.7), 4, 0);
  for (int layer = 0; layer < 3; ++layer) {
    std::vector<int> counts(64);
    for (const std::uint16_t expert : draw(sampler, 6, layer, 0, sequences(tokens))) ++counts[expert];
    const std::vector<double> inclusion = sampler.inclusion(layer);
    for (std::size_t e = 0; e < 64; ++e) {
      const double variance = tokens * inclusion[e] * (1 - inclusion[e]);
      EXPECT_NEAR(counts[e], tokens * inclusion[e], sampling_error(variance, 1e-6 / 192));
    }
  }
}

// Same arguments, same experts; another seed or replication, others (equal by chance: (8!/256^8)^100).
TEST(ExpertSampler, IsDeterministic) {
  const auto experts = [](std::uint64_t seed, int replication) {
    return draw(ExpertSampler({1, 256, 8}, zipf(0.8, false), seed, replication), 8, 0, 0, sequences(100));
  };
  EXPECT_EQ(experts(1, 0), experts(1, 0));
  EXPECT_NE(experts(1, 0), experts(2, 0));
  EXPECT_NE(experts(1, 0), experts(1, 1));
}

TEST(ExpertSampler, RefusesWhatCannotBeDrawn) {
  EXPECT_THROW(ExpertSampler({1, 256, 8}, zipf(1.2), 1, 0), std::invalid_argument);
  EXPECT_THROW(ExpertSampler({1, 4, 5}, uniform, 1, 0), std::invalid_argument);
  EXPECT_THROW(ExpertSampler({0, 4, 2}, uniform, 1, 0), std::invalid_argument);
  EXPECT_THROW(ExpertSampler({1, 65537, 1}, uniform, 1, 0), std::invalid_argument);
  const ExpertSampler sampler({1, 4, 2}, uniform, 1, 0);
  std::vector<std::uint16_t> out(3);
  EXPECT_THROW(sampler.draw(0, 0, sequences(2), out), std::invalid_argument);
  EXPECT_THROW((void)draw(sampler, 2, 1, 0, sequences(2)), std::invalid_argument);
}

}  // namespace
}  // namespace ringtail
