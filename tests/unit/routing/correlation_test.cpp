// Tokens with hidden topics: the popularity stays, and tokens of a sequence and layers of a token resemble each other
// as the formulas of docs/decisions/0022-correlated-routing.md say.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "routing/expert_sampler.hpp"
#include "routing/sampling_error.hpp"
#include "routing/token_index.hpp"
#include "routing/token_topics.hpp"

namespace ringtail {
namespace {

using Kind = Popularity::Kind;
using Shape = ExpertSampler::Shape;
using Bursts = Correlation::Bursts;

constexpr GroupLimit deepseek = {8, 4};

Routing correlated(Popularity popularity, const Correlation& correlation) {
  Routing routing = {.popularity = std::move(popularity)};
  routing.correlation = correlation;
  return routing;
}

Correlation correlation(int topics, double strength) { return {.topics = {topics, strength}}; }

std::vector<std::uint32_t> ids(std::uint32_t n) {
  std::vector<std::uint32_t> result(n);
  std::iota(result.begin(), result.end(), 0U);
  return result;
}

std::vector<std::uint16_t> draw(const ExpertSampler& sampler, int k, int layer, std::uint32_t sequences,
                                std::uint32_t token_index = 0) {
  std::vector<std::uint16_t> out(sequences * static_cast<std::size_t>(k));
  sampler.draw(layer, token_index, ids(sequences), out);
  return out;
}

std::vector<std::uint16_t> topics(const TokenTopics& tokens, int layer, std::uint32_t sequences, int step,
                                  int number = 0) {
  std::vector<std::uint16_t> out(sequences);
  tokens.topics(layer, token_index(step, number), ids(sequences), out);
  return out;
}

double fraction_equal(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b) {
  int equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i] ? 1 : 0;
  return equal / static_cast<double>(a.size());
}

/// Whether a fraction of n independent tokens differs from p by more than chance does once in 10^9.
void expect_probability(double fraction, double p, double n) {
  EXPECT_NEAR(fraction * n, p * n, sampling_error(p * (1 - p) * n, 1e-9));
}

// Sequences choose topics independently and all topics alike, so tokens of different sequences in one step are
// independent draws of the mixture: the same chi-square as for independent routing (choices_test.cpp), which the
// topics' calibration must pass, for one expert per token, for 8, and within groups.
TEST(Correlation, MarginalsPassChiSquare) {
  constexpr std::uint32_t tokens = 200'000;
  Correlation strong = correlation(8, 1.5);
  strong.persistence = 0.5;
  strong.sequence_affinity = 0.3;
  strong.layer_affinity = 0.5;
  for (const GroupLimit& limit : {GroupLimit{}, deepseek}) {
    for (const Popularity& popularity :
         {Popularity{.kind = Kind::zipf, .zipf = 0.7}, Popularity{.kind = Kind::lognormal, .lognormal = 0.8}}) {
      for (const int k : {1, 8}) {
        const ExpertSampler sampler({2, 256, k, limit}, correlated(popularity, strong), 11, 3);
        const std::vector<std::uint16_t> chosen = draw(sampler, k, 1, tokens, 7);
        std::vector<int> counts(256);
        for (const std::uint16_t expert : chosen) ++counts[expert];
        const std::vector<double> inclusion = sampler.inclusion(1);
        double statistic = 0;
        for (std::size_t e = 0; e < 256; ++e) {
          const double expected = tokens * inclusion[e];
          const double variance = k == 1 ? expected : expected * (1 - inclusion[e]);
          statistic += (counts[e] - expected) * (counts[e] - expected) / variance;
        }
        const boost::math::chi_squared law(k == 1 ? 255 : 256);
        EXPECT_LT(statistic, quantile(complement(law, 1e-7))) << "k " << k << " groups " << limit.groups;
      }
    }
  }
}

// Certain experts stay certain, and no token has an expert twice, whatever its topic.
TEST(Correlation, NoExpertTwice) {
  Popularity counts = {.kind = Kind::counts};
  std::vector<double> row(64, 1.0);
  row[5] = 1000;  // in proportion it would be chosen more than once per token: π = 1
  counts.counts.counts = {row};
  const ExpertSampler sampler({1, 64, 6}, correlated(counts, correlation(5, 2)), 1, 0);
  const std::vector<std::uint16_t> out = draw(sampler, 6, 0, 5000);
  for (auto token = out.begin(); token != out.end(); token += 6) {
    const std::set<std::uint16_t> experts(token, token + 6);
    EXPECT_EQ(experts.size(), 6U);
    EXPECT_TRUE(experts.contains(5));
  }
}

// P(same topic n steps later) = p^n + (1 - p^n)(h² + (1 - h²)/T): no renewal between, or both states the sequence's
// own, or else two of T by chance. Sequences are independent of each other.
TEST(Correlation, TopicsPersistByTheFormula) {
  constexpr std::uint32_t n = 100'000;
  for (const double p : {0.0, 0.6, 0.95}) {
    for (const double h : {0.0, 0.5, 1.0}) {
      Correlation c = correlation(10, 1);
      c.persistence = p;
      c.sequence_affinity = h;
      c.layer_affinity = 0.4;  // which does not matter within a layer
      const TokenTopics tokens(c, 3, 2);
      for (const int lag : {1, 16}) {
        const double kept = std::pow(p, lag);
        const double same = kept + (1 - kept) * (h * h + (1 - h * h) / 10);
        expect_probability(fraction_equal(topics(tokens, 4, n, 100), topics(tokens, 4, n, 100 + lag)), same, n);
        expect_probability(fraction_equal(topics(tokens, 4, n, 100), topics(tokens, 4, n, 100, lag)), same, n);
      }
    }
  }
}

// P(same topic in two layers) = a + (1 - a)/T, whichever layers; also later than in the other layer, where a state of
// before must not have been renewed or both must be the sequence's own.
TEST(Correlation, LayersShareStatesByTheFormula) {
  constexpr std::uint32_t n = 100'000;
  Correlation c = correlation(4, 1);
  c.persistence = 0.7;
  c.sequence_affinity = 0.6;
  c.layer_affinity = 0.5;
  const TokenTopics tokens(c, 3, 2);
  expect_probability(fraction_equal(topics(tokens, 0, n, 9), topics(tokens, 1, n, 9)), 0.5 + 0.5 / 4, n);
  expect_probability(fraction_equal(topics(tokens, 0, n, 9), topics(tokens, 40, n, 9)), 0.5 + 0.5 / 4, n);
  const double kept = 0.7 * 0.7 * 0.7;
  const double same_state = 0.5 * (kept + (1 - kept) * 0.36);
  expect_probability(fraction_equal(topics(tokens, 3, n, 9), topics(tokens, 5, n, 12)),
                     same_state + (1 - same_state) / 4, n);
}

// With as many topics as experts-per-token-1 choices can be told apart, overlap follows from the topics: two tokens of
// one topic agree with probability Σ_e π_e(z)², others in the mean as the popularity does. π_e(z) is estimated from
// other tokens than the overlap: those of a sampler whose sequences never change topic, which has the same tables.
TEST(Correlation, OverlapFollowsFromTopics) {
  constexpr std::uint32_t n = 40'000;
  constexpr int topics_count = 4;
  Correlation moving = correlation(topics_count, 1.5);
  moving.persistence = 0.8;
  moving.sequence_affinity = 0;
  const Shape shape = {1, 32, 4};
  const Popularity zipf = {.kind = Kind::zipf, .zipf = 0.5};
  const ExpertSampler sampler(shape, correlated(zipf, moving), 5, 1);
  const ExpertSampler fixed(shape, correlated(zipf, correlation(topics_count, 1.5)), 5, 1);
  const std::vector<std::uint16_t> topic = topics(TokenTopics(correlation(topics_count, 1.5), 5, 1), 0, n, 0);
  const std::vector<std::uint16_t> of_fixed = draw(fixed, 4, 0, n, 1234);
  std::vector<std::vector<double>> met(topics_count, std::vector<double>(32));
  std::vector<double> tokens(topics_count);
  for (std::size_t i = 0; i < n; ++i) {
    ++tokens[topic[i]];
    for (std::size_t j = 0; j < 4; ++j) ++met[topic[i]][of_fixed[4 * i + j]];
  }
  double same = 0;
  double any = 0;
  const std::vector<double> inclusion = sampler.inclusion(0);
  for (std::size_t e = 0; e < 32; ++e) {
    any += inclusion[e] * inclusion[e];
    for (std::size_t z = 0; z < topics_count; ++z) {
      const double pi = met[z][e] / tokens[z];
      same += pi * pi / topics_count;
    }
  }
  EXPECT_GT(same, 1.5 * any);
  for (const int lag : {1, 5}) {
    const std::vector<std::uint16_t> a = draw(sampler, 4, 0, n, 50);
    const std::vector<std::uint16_t> b = draw(sampler, 4, 0, n, 50U + static_cast<std::uint32_t>(lag));
    double overlap = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < 4; ++j)
        overlap += static_cast<double>(
            std::count(b.begin() + static_cast<long>(4 * i), b.begin() + static_cast<long>(4 * i + 4), a[4 * i + j]));
    const double kept = std::pow(0.8, lag);
    // A token's overlap is below 4 with a standard deviation below 1.2, its mean over n has one below 0.006.
    EXPECT_NEAR(overlap / n, kept * same + (1 - kept) * any, 6 * 0.006) << lag;
  }
}

// Without strength, or with one topic, draws are those without correlation, bit for bit.
TEST(Correlation, WithoutStrengthNothingChanges) {
  for (const GroupLimit& limit : {GroupLimit{}, deepseek}) {
    const Shape shape = {2, 256, 8, limit};
    const Popularity zipf = {.kind = Kind::zipf, .zipf = 0.6};
    const std::vector<std::uint16_t> independent = draw(ExpertSampler(shape, {.popularity = zipf}, 1, 0), 8, 1, 500, 3);
    for (Correlation c : {correlation(8, 0), correlation(1, 2)}) {
      c.persistence = 0.9;
      c.bursts = Bursts{2, 0.5};
      EXPECT_EQ(draw(ExpertSampler(shape, correlated(zipf, c), 1, 0), 8, 1, 500, 3), independent);
    }
  }
}

// A token's experts do not depend on which other tokens are drawn with it, nor on the order of calls.
TEST(Correlation, DrawsAreAPureFunction) {
  Correlation c = correlation(6, 1);
  c.persistence = 0.9;
  c.sequence_affinity = 0.2;
  c.bursts = Bursts{4, 0.3};
  const Shape shape = {3, 64, 6};
  const ExpertSampler sampler(shape, correlated({}, c), 1, 0);
  const std::vector<std::uint16_t> together = draw(sampler, 6, 2, 100, 30);
  const ExpertSampler again(shape, correlated({}, c), 1, 0);
  std::vector<std::uint16_t> alone(6);
  for (std::uint32_t s = 100; s-- > 0;) {
    again.draw(2, 30, std::vector{s}, alone);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + s * 6L));
  }
}

// In a cycle of T bursts every topic is hot once, in different orders; a share f of sequences, and of the others one
// in T, has the hot topic. Over the cycle all topics are therefore equally likely.
TEST(Correlation, EveryTopicIsHotOnce) {
  constexpr std::uint32_t n = 50'000;
  Correlation c = correlation(5, 1);
  c.bursts = Bursts{3, 0.4};
  const TokenTopics tokens(c, 9, 0);
  std::set<std::vector<std::uint16_t>> orders;
  for (std::uint32_t cycle = 0; cycle < 6; ++cycle) {
    std::vector<std::uint16_t> order;
    for (std::uint32_t burst = 0; burst < 5; ++burst) order.push_back(tokens.hot_topic(15 * cycle + 3 * burst));
    orders.insert(order);
    EXPECT_EQ(std::set(order.begin(), order.end()).size(), 5U);
    EXPECT_EQ(tokens.hot_topic(15 * cycle + 2), order[0]);
  }
  EXPECT_GT(orders.size(), 1U);
  const std::vector<std::uint16_t> of_step = topics(tokens, 2, n, 7);
  const auto hot = std::count(of_step.begin(), of_step.end(), tokens.hot_topic(7));
  expect_probability(static_cast<double>(hot) / n, 0.4 + 0.6 / 5, n);
}

// With bursts the popularity of a step is not the mean, but that over a cycle is: each sequence's tokens of the steps
// of a cycle count together, and a sequence's counts of an expert lie within [0, T], so Bernstein's bound with the
// largest variance T² π (1 - π) of sums of T dependent choices applies.
TEST(Correlation, BurstsKeepTheTimeAverage) {
  constexpr std::uint32_t n = 20'000;
  constexpr int count = 4;
  Correlation c = correlation(count, 1.5);
  c.bursts = Bursts{1, 0.5};
  const ExpertSampler sampler({1, 32, 4}, correlated({.kind = Kind::zipf, .zipf = 0.5}, c), 5, 1);
  const std::vector<double> inclusion = sampler.inclusion(0);
  std::vector<double> counts(32);
  double largest_raise = 0;
  for (std::uint32_t step = 0; step < count; ++step) {
    std::vector<double> of_step(32);
    for (const std::uint16_t expert : draw(sampler, 4, 0, n, step)) ++of_step[expert];
    for (std::size_t e = 0; e < 32; ++e) {
      counts[e] += of_step[e];
      largest_raise = std::max(largest_raise, of_step[e] / (n * inclusion[e]));
    }
  }
  EXPECT_GT(largest_raise, 1.3);
  for (std::size_t e = 0; e < 32; ++e) {
    const double variance = n * inclusion[e] * (1 - inclusion[e]);
    EXPECT_NEAR(counts[e] / count, n * inclusion[e], sampling_error(variance, 1e-9)) << e;
  }
}

}  // namespace
}  // namespace ringtail
