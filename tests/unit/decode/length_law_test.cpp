// Distributions of cached tokens against their theory, and the steady state of a trace against serving it one by one.
#include "decode/length_law.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>

namespace ringtail {
namespace {

using Kind = ContextLengths::Kind;

constexpr int many = 200000;

std::vector<int> drawn(const ContextLengths& lengths, int count = many, std::uint64_t seed = 1) {
  return draw_lengths(LengthLaw(lengths), RandomStream(seed, 0, length_stream), count);
}

double mean_of(const std::vector<int>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation_of(const std::vector<int>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const int value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

ContextLengths lognormal(LognormalLengths law) { return {.kind = Kind::lognormal, .lognormal = std::move(law)}; }

// A mean of n draws differs from the expectation by deviation / sqrt(n); four of these are met but for 1 in 16000.
double sampling_error(const std::vector<int>& values) {
  return 4 * deviation_of(values) / std::sqrt(static_cast<double>(values.size()));
}

TEST(LengthLaw, FixedIsTheNumber) {
  EXPECT_THAT(drawn({.fixed = 77}, 5), testing::Each(77));
  EXPECT_EQ(LengthLaw({.fixed = 77}).mean(), 77);
}

// Chi-square with 9 degrees of freedom: above 27.9 in 1 of 1000.
TEST(LengthLaw, UniformHasEachLengthAlikeAndNoOther) {
  const ContextLengths lengths{.kind = Kind::uniform, .uniform = {11, 20}};
  std::map<int, int> counts;
  for (const int length : drawn(lengths)) ++counts[length];
  ASSERT_EQ(counts.size(), 10U);
  EXPECT_EQ(counts.begin()->first, 11);
  EXPECT_EQ(counts.rbegin()->first, 20);
  double chi_square = 0;
  for (const auto& [length, count] : counts) chi_square += std::pow(count - many / 10.0, 2) / (many / 10.0);
  EXPECT_LT(chi_square, 27.9);
  EXPECT_EQ(LengthLaw(lengths).mean(), 15.5);
  EXPECT_THAT(drawn({.kind = Kind::uniform, .uniform = {9, 9}}, 5), testing::Each(9));
}

// Moments of the lognormal distribution: mean exp(mu + s²/2), variance (exp(s²) - 1) · mean². The sample's deviation
// has an error of its own, since the distribution's fourth moment is large; 3 % is four of it for s = 0.5 and this many
// draws.
TEST(LengthLaw, LognormalHasItsMoments) {
  const double sigma = 0.5;
  const auto by_median = drawn(lognormal({.median = 4000, .mean = {}, .sigma = sigma, .max = {}}));
  const double mean = 4000 * std::exp(sigma * sigma / 2);
  EXPECT_NEAR(mean_of(by_median), mean, sampling_error(by_median));
  EXPECT_NEAR(deviation_of(by_median), mean * std::sqrt(std::expm1(sigma * sigma)), 0.03 * deviation_of(by_median));
  const auto below = std::count_if(by_median.begin(), by_median.end(), [](int l) { return l < 4000; });
  EXPECT_NEAR(static_cast<double>(below) / many, 0.5, 4 * 0.5 / std::sqrt(many));
  const auto by_mean = drawn(lognormal({.median = {}, .mean = 4000, .sigma = sigma, .max = {}}));
  EXPECT_NEAR(mean_of(by_mean), 4000, sampling_error(by_mean));
}

/// E[min(exp(mu + sigma · z), most)] by Simpson's rule over z from -10 to 10.
double integrated_mean(double mu, double sigma, double most) {
  constexpr int intervals = 200000;
  const double width = 20.0 / intervals;
  double sum = 0;
  for (int i = 0; i <= intervals; ++i) {
    const double z = -10 + i * width;
    const double weight = i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * std::min(std::exp(mu + sigma * z), most) * std::exp(-z * z / 2);
  }
  return sum * width / 3 / std::sqrt(2 * M_PI);
}

// The integral has a kink at the cut, so Simpson's rule is good to about width² = 1e-8 there.
TEST(LengthLaw, MeanOfCutLognormalIsItsIntegral) {
  for (const double sigma : {0.3, 1.0, 2.0})
    for (const int most : {5000, 20000}) {
      const LengthLaw law(lognormal({.median = 4000, .mean = {}, .sigma = sigma, .max = most}));
      EXPECT_NEAR(law.mean() / integrated_mean(std::log(4000), sigma, most), 1, 1e-6) << sigma << ' ' << most;
    }
}

TEST(LengthLaw, GivenMeanIsThatOfWhatIsDrawn) {
  for (const int mean : {100, 4000, 7999}) {
    const ContextLengths lengths = lognormal({.median = {}, .mean = mean, .sigma = 1.5, .max = 8000});
    EXPECT_NEAR(LengthLaw(lengths).mean(), mean, 1e-6 * mean);
    const auto sample = drawn(lengths);
    EXPECT_NEAR(mean_of(sample), mean, sampling_error(sample) + 0.5);  // half a token of rounding
    EXPECT_LE(*std::max_element(sample.begin(), sample.end()), 8000);
    EXPECT_GE(*std::min_element(sample.begin(), sample.end()), 1);
  }
}

TEST(LengthLaw, LognormalWithoutSpreadIsFixed) {
  EXPECT_THAT(drawn(lognormal({.median = 500, .mean = {}, .sigma = 0, .max = {}}), 9), testing::Each(500));
  EXPECT_THAT(drawn(lognormal({.median = {}, .mean = 500, .sigma = 0, .max = 500}), 9), testing::Each(500));
}

TEST(LengthLaw, RefusesWhatIsNoDistribution) {
  EXPECT_THROW(LengthLaw(lognormal({.median = {}, .mean = {}, .sigma = 1, .max = {}})), std::invalid_argument);
  EXPECT_THROW(LengthLaw(lognormal({.median = 2, .mean = 2, .sigma = 1, .max = {}})), std::invalid_argument);
  EXPECT_THROW(LengthLaw(lognormal({.median = {}, .mean = 8, .sigma = 1, .max = 8})), std::invalid_argument);
  EXPECT_THROW(LengthLaw(lognormal({.median = 9, .mean = {}, .sigma = 1, .max = 8})), std::invalid_argument);
  EXPECT_THROW(LengthLaw({.kind = Kind::uniform, .uniform = {3, 2}}), std::invalid_argument);
  EXPECT_THROW(LengthLaw({.kind = Kind::trace}), std::invalid_argument);
}

// Two requests: 10 in and 1 out, 100 in and 3 out. Of four steps one is the first's; so the lengths 10, 100, 101, 102
// are equally likely, and their mean is 78.25.
TEST(LengthLaw, TraceWeighsRequestsByTheirOutput) {
  ContextLengths lengths{.kind = Kind::trace};
  lengths.trace.requests = {{10, 1}, {100, 3}};
  EXPECT_DOUBLE_EQ(LengthLaw(lengths).mean(), 78.25);
  std::map<int, int> counts;
  for (const int length : drawn(lengths)) ++counts[length];
  EXPECT_EQ(counts.size(), 4U);
  for (const int length : {10, 100, 101, 102})
    EXPECT_NEAR(static_cast<double>(counts[length]) / many, 0.25, 4 * std::sqrt(0.25 * 0.75 / many)) << length;
}

/// Continuous batching, one request after another: each slot decodes a request, a token per step, and then takes the
/// next one of the trace, drawn at random. What is in the slots after each of `steps` steps far enough apart.
std::vector<int> served(const std::vector<Request>& requests, int slots, int samples) {
  std::mt19937_64 random(5);
  std::uniform_int_distribution<std::size_t> any(0, requests.size() - 1);
  struct Slot {
    Request request;
    int generated = 0;
  };
  std::vector<Slot> busy(static_cast<std::size_t>(slots));
  for (Slot& slot : busy) slot.request = requests[any(random)];
  std::vector<int> found;
  constexpr int apart = 400, warm_up = 4000;
  for (int step = 0; step < warm_up + samples * apart; ++step) {
    for (Slot& slot : busy) {
      if (step >= warm_up && step % apart == 0) found.push_back(slot.request.input + slot.generated);
      if (++slot.generated < slot.request.output) continue;
      slot = {requests[any(random)], 0};
    }
  }
  return found;
}

// What a simulation of the process finds, without any of the law's mathematics, is what the law draws: two samples
// compared by Kolmogorov and Smirnov's distance, which is above 1.95 · sqrt(1/n + 1/m) in 1 of 1000. Inputs and outputs
// are correlated, so that a draw of requests with equal chances would show.
TEST(LengthLaw, TraceIsTheSteadyStateOfContinuousBatching) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> output(4, 1), input(6, 0.7);
  ContextLengths lengths{.kind = Kind::trace};
  for (int i = 0; i < 300; ++i) {
    const int out = 1 + static_cast<int>(output(random));
    lengths.trace.requests.push_back({1 + static_cast<int>(input(random)) + 3 * out, out});
  }
  std::vector<int> process = served(lengths.trace.requests, 200, 50);
  std::vector<int> law = drawn(lengths, static_cast<int>(process.size()));
  std::sort(process.begin(), process.end());
  std::sort(law.begin(), law.end());
  double distance = 0, unweighted = 0;
  std::vector<int> naive;  // requests with equal chances, any part generated
  for (std::size_t i = 0; i < process.size(); ++i) {
    const Request& r = lengths.trace.requests[random() % lengths.trace.requests.size()];
    naive.push_back(r.input + static_cast<int>(random() % static_cast<unsigned>(r.output)));
  }
  std::sort(naive.begin(), naive.end());
  const auto below = [](const std::vector<int>& sorted, int x) {
    return static_cast<double>(std::upper_bound(sorted.begin(), sorted.end(), x) - sorted.begin()) /
           static_cast<double>(sorted.size());
  };
  for (const int x : process) {
    distance = std::max(distance, std::abs(below(process, x) - below(law, x)));
    unweighted = std::max(unweighted, std::abs(below(process, x) - below(naive, x)));
  }
  const double limit = 1.95 * std::sqrt(2.0 / static_cast<double>(process.size()));
  EXPECT_LT(distance, limit);
  EXPECT_GT(unweighted, 3 * limit);  // the test can tell
}

TEST(LengthLaw, IsAFunctionOfSeedReplicationAndSequence) {
  const ContextLengths lengths = lognormal({.median = 4000, .mean = {}, .sigma = 1, .max = {}});
  const auto few = drawn(lengths, 10);
  const auto more = drawn(lengths, 20);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), more.begin()));
  EXPECT_NE(few, drawn(lengths, 10, 2));
  EXPECT_NE(few, draw_lengths(LengthLaw(lengths), RandomStream(1, 1, length_stream), 10));
}

}  // namespace
}  // namespace ringtail
