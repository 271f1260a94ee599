// The kinds of popularity beside uniform and Zipf, group limits and capacity, as tokens meet them.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "routing/balanced_choice.hpp"
#include "routing/capacity.hpp"
#include "routing/expert_sampler.hpp"
#include "routing/popularity.hpp"
#include "routing/sampling_error.hpp"
#include "routing/word_batch.hpp"

namespace ringtail {
namespace {

using Kind = Popularity::Kind;
using Shape = ExpertSampler::Shape;

constexpr GroupLimit deepseek = {8, 4};

Routing of(Popularity popularity) { return {.popularity = std::move(popularity)}; }
Routing zipf(double alpha) { return of({.kind = Kind::zipf, .zipf = alpha}); }
Routing lognormal(double sigma) { return of({.kind = Kind::lognormal, .lognormal = sigma}); }
Routing dirichlet(double alpha) { return of({.kind = Kind::dirichlet, .dirichlet = alpha}); }
Routing balanced() { return of({.kind = Kind::balanced}); }

std::vector<std::uint16_t> draw(const ExpertSampler& sampler, int k, int layer, std::uint32_t tokens,
                                std::uint32_t token_index = 0) {
  std::vector<std::uint32_t> ids(tokens);
  std::iota(ids.begin(), ids.end(), 0U);
  std::vector<std::uint16_t> out(ids.size() * static_cast<std::size_t>(k));
  sampler.draw(layer, token_index, ids, out);
  return out;
}

std::vector<int> counted(const std::vector<std::uint16_t>& chosen, int experts) {
  std::vector<int> counts(static_cast<std::size_t>(experts));
  for (const std::uint16_t expert : chosen) ++counts[expert];
  return counts;
}

// How often each expert is met is binomial with its inclusion probability. For k = 1 the counts are multinomial and
// Pearson's statistic has E - 1 degrees of freedom. For k > 1 a token's choices exclude each other, which makes the
// counts less variable: with the variances π(1-π) the statistic Σ (n - Nπ)² / (Nπ(1-π)) has the mean E and at most
// about the spread of a chi-square with E degrees of freedom. Below 1e-7 of its upper tail for each of 12 cases.
TEST(Choices, MarginalsPassChiSquare) {
  constexpr std::uint32_t tokens = 200'000;
  for (const GroupLimit& limit : {GroupLimit{}, deepseek}) {
    for (const Routing& routing :
         {zipf(0.8), lognormal(0.8), dirichlet(2), of({.kind = Kind::zipf_weights, .zipf_weights = 0.9})}) {
      for (const int k : {1, 8}) {
        const ExpertSampler sampler({1, 256, k, limit}, routing, 11, 3);
        const std::vector<int> counts = counted(draw(sampler, k, 0, tokens), 256);
        const std::vector<double> inclusion = sampler.inclusion(0);
        double statistic = 0;
        for (std::size_t e = 0; e < 256; ++e) {
          const double expected = tokens * inclusion[e];
          const double variance = k == 1 ? expected : expected * (1 - inclusion[e]);
          statistic += (counts[e] - expected) * (counts[e] - expected) / variance;
        }
        const boost::math::chi_squared law(k == 1 ? 255 : 256);
        EXPECT_LT(statistic, quantile(complement(law, 1e-7))) << "k " << k << " groups " << limit.groups;
        EXPECT_NEAR(std::accumulate(inclusion.begin(), inclusion.end(), 0.0), k, 1e-5);
      }
    }
  }
}

// A token has k different experts in at most 4 of 8 groups, also with a popularity that makes candidates repeat.
TEST(Choices, GroupLimitHolds) {
  for (const Routing& routing : {zipf(0), zipf(0.85), balanced(), lognormal(1)}) {
    const ExpertSampler sampler({2, 256, 8, deepseek}, routing, 5, 0);
    const std::vector<std::uint16_t> out = draw(sampler, 8, 1, 5000);
    for (auto token = out.begin(); token != out.end(); token += 8) {
      std::set<int> groups;
      for (auto expert = token; expert != token + 8; ++expert) groups.insert(*expert / 32);
      ASSERT_EQ(groups.size(), 4U);  // one expert in each chosen group at least
      ASSERT_EQ(std::set(token, token + 8).size(), 8U);
    }
  }
}

// A group of two that holds nearly all weight: after both are taken, hundreds of candidates would repeat. Σπ = 4 and
// the rest has 2.02 of it.
TEST(Choices, GroupLimitedDrawEndsWithDominantExperts) {
  Popularity counts{.kind = Kind::counts};
  counts.counts.counts = {std::vector<double>(16, 2.02 / 14)};
  counts.counts.counts[0][0] = counts.counts.counts[0][1] = 0.99;
  const ExpertSampler sampler({1, 16, 4, {4, 2}}, of(counts), 1, 0);
  constexpr std::uint32_t tokens = 100'000;
  const std::vector<int> found = counted(draw(sampler, 4, 0, tokens), 16);
  for (std::size_t e = 0; e < 16; ++e) {
    const double pi = e < 2 ? 0.99 : 2.02 / 14;
    EXPECT_NEAR(found[e], tokens * pi, sampling_error(tokens * pi * (1 - pi), 1e-6 / 16));
  }
}

// By construction: T·k/E for each, whatever the layer, step and order, with and without groups.
TEST(Choices, BalancedIsExact) {
  for (const auto& [shape, permute] : {std::pair{Shape{2, 256, 8, {}}, true},
                                       {Shape{2, 256, 8, deepseek}, true},
                                       {Shape{2, 256, 8, deepseek}, false},
                                       {Shape{2, 60, 4, {}}, false},
                                       {Shape{2, 160, 6, {8, 3}}, true}}) {
    Routing routing = balanced();
    routing.permute = permute;
    const ExpertSampler sampler(shape, routing, 3, 0);
    const int k = shape.experts_per_token;
    const int period = BalancedChoice(shape.experts, k, shape.limit).period();
    const std::vector<int> counts =
        counted(draw(sampler, k, 1, 3 * static_cast<std::uint32_t>(period), 17), shape.experts);
    EXPECT_EQ(counts, std::vector<int>(static_cast<std::size_t>(shape.experts), 3 * period * k / shape.experts));
    const std::vector<int> rest = counted(draw(sampler, k, 0, 1001, 5), shape.experts);
    const auto [least, most] = std::minmax_element(rest.begin(), rest.end());
    EXPECT_LE(*most - *least, shape.limit.binds(k) ? 2 : 1);  // groups may differ by a turn, and their experts
  }
}

// Without an order of chance a token's experts still lie far apart: on 64 ranks of 4 experts, on 8 ranks each.
TEST(Choices, BalancedSpreadsATokenOverRanks) {
  Routing routing = balanced();
  routing.permute = false;
  const ExpertSampler sampler({1, 256, 8}, routing, 1, 0);
  const std::vector<std::uint16_t> out = draw(sampler, 8, 0, 64);
  for (auto token = out.begin(); token != out.end(); token += 8) {
    std::set<int> ranks;
    for (auto expert = token; expert != token + 8; ++expert) ranks.insert(*expert / 4);
    EXPECT_EQ(ranks.size(), 8U);
  }
}

// Shares of a layer are quantiles of a law at independent uniform numbers: log shares of the lognormal have the mean 0
// and the variance σ²; of Dirichlet's the coefficient of variation of the gamma variates, 1/√α, is theirs. Five
// standard errors (of the mean σ/√n, of the variance about √2 σ²/√n, of a CV of 1/2 about 0.4/√n) at n = 25600.
TEST(Choices, DrawnSharesFollowTheirLaws) {
  const RandomStream stream(1, 0, "popularity");
  double sum = 0;
  double squares = 0;
  double gamma = 0;
  double gamma_squares = 0;
  constexpr double n = 25600;
  for (int layer = 0; layer < 100; ++layer) {
    for (const double c : drawn_shares(lognormal(0.7).popularity, 256, stream, layer)) {
      sum += std::log(c);
      squares += std::log(c) * std::log(c);
    }
    for (const double c : drawn_shares(dirichlet(4).popularity, 256, stream, layer)) {
      gamma += c;
      gamma_squares += c * c;
    }
  }
  EXPECT_NEAR(sum / n, 0, 5 * 0.7 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 0.49, 5 * 0.49 * std::sqrt(2 / n));
  const double mean = gamma / n;
  EXPECT_NEAR(std::sqrt(gamma_squares / n - mean * mean) / mean, 0.5, 5 * 0.4 / std::sqrt(n));
}

// Each layer and replication has a popularity of its own; without redraw all replications have the first one's, but
// their own tokens.
TEST(Choices, PopularityIsRedrawnUnlessToldOtherwise) {
  Routing routing = lognormal(0.5);
  const auto inclusion = [&](int replication, int layer) {
    return ExpertSampler({2, 64, 4}, routing, 1, replication).inclusion(layer);
  };
  EXPECT_NE(inclusion(0, 0), inclusion(0, 1));
  EXPECT_NE(inclusion(0, 0), inclusion(1, 0));
  routing.redraw = false;
  EXPECT_EQ(inclusion(0, 0), inclusion(1, 0));
  EXPECT_NE(draw(ExpertSampler({2, 64, 4}, routing, 1, 0), 4, 0, 100),
            draw(ExpertSampler({2, 64, 4}, routing, 1, 1), 4, 0, 100));
}

// Counts are data: expert e keeps its share k·c_e/Σc, never permuted; what was never chosen has next to no chance.
TEST(Choices, CountsKeepTheirExperts) {
  Popularity popularity{.kind = Kind::counts};
  popularity.counts.counts = {{10, 0, 20, 30, 25, 15}, {1, 1, 1, 1, 1, 1}};
  const ExpertSampler sampler({2, 6, 2}, of(popularity), 1, 0);
  const std::vector<double> expected = {0.2, 1e-9, 0.4, 0.6, 0.5, 0.3};
  for (std::size_t e = 0; e < 6; ++e) EXPECT_NEAR(sampler.inclusion(0)[e], expected[e], 2e-9);
  for (const double pi : sampler.inclusion(1)) EXPECT_NEAR(pi, 1.0 / 3, 1e-12);
  EXPECT_THROW(ExpertSampler({3, 6, 2}, of(popularity), 1, 0), std::invalid_argument);
  EXPECT_THROW(ExpertSampler({2, 5, 2}, of(popularity), 1, 0), std::invalid_argument);
}

// Shares that would lift an expert above 1 make it certain, and the others share the rest: of {8, 1, 1, 1, 1} and k = 2
// the first would have 2·8/12 > 1, so the others have 1/4 each. Equal shares: k/n.
TEST(Choices, InclusionIsCappedAtOne) {
  EXPECT_EQ(inclusion_of(std::vector<double>{1, 8, 1, 1, 1}, 2), (std::vector<double>{0.25, 1, 0.25, 0.25, 0.25}));
  EXPECT_EQ(inclusion_of(std::vector<double>{5, 5, 5, 5}, 1), std::vector<double>(4, 0.25));
  EXPECT_EQ(inclusion_of(std::vector<double>{9, 9, 0}, 2), (std::vector<double>{1, 1, 0}));
  EXPECT_THROW((void)inclusion_of(std::vector<double>{9, 0, 0}, 2), std::invalid_argument);
}

// Σ 1 - (1 - π_e)^B, with a group limit too: tokens are independent, whatever ties the experts of one together.
TEST(Choices, DistinctExpertsAreAsExpectedUnderTheLimit) {
  constexpr int batches = 1000;
  const ExpertSampler sampler({1, 256, 8, deepseek}, zipf(0.8), 3, 0);
  double expected = 0;
  for (const double pi : sampler.inclusion(0)) expected += 1 - std::pow(1 - pi, 64);
  double sum = 0;
  double squares = 0;
  for (std::uint32_t b = 0; b < batches; ++b) {
    const std::vector<std::uint16_t> out = draw(sampler, 8, 0, 64, b);
    const auto found = static_cast<double>(std::set(out.begin(), out.end()).size());
    sum += found;
    squares += found * found;
  }
  const double mean = sum / batches;
  EXPECT_NEAR(mean, expected, 5.5 * std::sqrt((squares / batches - mean * mean) / batches));
}

// Switch: ceil(1.0 · 100 · 1 / 8) = 13 tokens each; every copy is either kept or dropped, no expert exceeds its
// capacity, and an expert below it has lost nothing.
TEST(Choices, CapacityConservesTokens) {
  EXPECT_EQ(expert_capacity(1.0, 100, 1, 8), 13);
  EXPECT_EQ(expert_capacity(1.25, 8192, 8, 256), 320);
  EXPECT_EQ(expert_capacity(1e6, 100, 1, 8), 100);
  const ExpertSampler sampler({1, 8, 2}, zipf(0.5), 1, 0);
  std::vector<std::uint16_t> chosen = draw(sampler, 2, 0, 1000);
  const std::vector<int> wanted = counted(chosen, 8);
  const int capacity = expert_capacity(1.0, 1000, 2, 8);
  const int dropped = drop_beyond(capacity, 8, chosen);
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(std::count(chosen.begin(), chosen.end(), dropped_expert), dropped);
  int kept = 0;
  for (std::uint16_t e = 0; e < 8; ++e) {
    const auto count = static_cast<int>(std::count(chosen.begin(), chosen.end(), e));
    EXPECT_EQ(count, std::min(wanted[e], capacity));
    kept += count;
  }
  EXPECT_EQ(kept + dropped, 2000);
}

// Computed side by side, the words are those of the definition.
TEST(Choices, WordBatchIsTheRandomStream) {
  const RandomStream stream(42, 3, "expert_choice");
  WordBatch batch(stream, 5, 77);
  const std::vector<std::uint32_t> sequences = {0, 1, 4'294'967'295U, 123456, 7};
  batch.fill(sequences);
  for (std::size_t lane = 0; lane < sequences.size(); ++lane) {
    WordBatch::Cursor words(batch, lane);
    for (std::uint32_t n = 0; n < 24; ++n)
      EXPECT_EQ(words.next(), stream.block({5, sequences[lane], 77, n / 4})[n % 4]);
  }
}

}  // namespace
}  // namespace ringtail
