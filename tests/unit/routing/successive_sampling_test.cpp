#include "routing/successive_sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <tuple>

#include "routing/enumeration.hpp"
#include "routing/popularity.hpp"

namespace ringtail {
namespace {

std::vector<double> zipf_inclusion(int experts, int k, double alpha) {
  return inclusion_by_rank({Popularity::Kind::zipf, alpha}, experts, k);
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << "item " << i;
}

// The integral against the definition, by enumeration of all ordered choices. Both are exact but for rounding and the
// 1e-13 the integral gives up at either end (times at most the number of items).
TEST(SuccessiveSampling, IntegralEqualsEnumeration) {
  expect_near(successive_inclusion(std::vector{5.0, 3.0, 1.0, 0.5, 0.1}, 2),
              enumerated_inclusion(std::vector{5.0, 3.0, 1.0, 0.5, 0.1}, 2), 1e-11);
  expect_near(successive_inclusion(std::vector{1e4, 3.0, 1.0, 1e-3, 1.0, 7.0}, 3),
              enumerated_inclusion(std::vector{1e4, 3.0, 1.0, 1e-3, 1.0, 7.0}, 3), 1e-11);
  expect_near(successive_inclusion(std::vector{2.0, 1.0, 0.3}, 1), {2 / 3.3, 1 / 3.3, 0.3 / 3.3}, 1e-11);
  expect_near(successive_inclusion(std::vector{4.0, 3.0, 2.0, 1.0, 0.2}, 4),
              enumerated_inclusion(std::vector{4.0, 3.0, 2.0, 1.0, 0.2}, 4), 1e-11);
}

// Calibrated weights put into the definition give back the inclusion probabilities asked for.
TEST(SuccessiveSampling, CalibratedWeightsMeetSmallShapes) {
  for (const auto& [experts, k, alpha] : {std::tuple{5, 2, 0.5}, {5, 2, 1.2}, {5, 4, 0.15}, {7, 3, 0.8}}) {
    const std::vector<double> wanted = zipf_inclusion(experts, k, alpha);
    expect_near(enumerated_inclusion(successive_weights(wanted), k), wanted, 1e-9);
  }
}

// For k = 2 the definition sums in closed form, π_e = w_e + Σ_{j≠e} w_j w_e / (1 - w_j), and for k = 3 in a double sum,
// which checks 256 experts without the integral.
TEST(SuccessiveSampling, CalibratedWeightsMeetManyExperts) {
  const std::vector<double> two = zipf_inclusion(256, 2, 1.0);
  const std::vector<double> w2 = successive_weights(two);
  const std::vector<double> three = zipf_inclusion(256, 3, 1.0);
  const std::vector<double> w3 = successive_weights(three);
  for (std::size_t e = 0; e < 256; ++e) {
    double reached2 = w2[e];
    double reached3 = w3[e];
    for (std::size_t i = 0; i < 256; ++i) {
      if (i == e) continue;
      reached2 += w2[i] * w2[e] / (1 - w2[i]);
      reached3 += w3[i] * w3[e] / (1 - w3[i]);
      for (std::size_t j = 0; j < 256; ++j) {
        if (j != e && j != i) reached3 += w3[i] * w3[j] / (1 - w3[i]) * w3[e] / (1 - w3[i] - w3[j]);
      }
    }
    EXPECT_NEAR(reached2, two[e], 1e-9);
    EXPECT_NEAR(reached3, three[e], 1e-9);
  }
}

// Shapes of real models and awkward ones: the integral over another number of items summed must be k, a law that the
// calibration does not use, and the weights must be ordered as the probabilities are.
TEST(SuccessiveSampling, CalibratesEveryShape) {
  for (const auto& [experts, k, alpha] : {std::tuple{256, 8, 0.8},
                                          {256, 8, 0.899},
                                          {128, 8, 0.5},
                                          {16, 2, 1.582},
                                          {2048, 1, 1.0},
                                          {384, 8, 0.9},
                                          {64, 63, 0.003},
                                          {256, 128, 0.1}}) {
    const std::vector<double> wanted = zipf_inclusion(experts, k, alpha);
    const std::vector<double> weights = successive_weights(wanted);
    EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-12);
    for (std::size_t e = 1; e < weights.size(); ++e) EXPECT_LT(weights[e], weights[e - 1]);
    const std::vector<double> reached = successive_inclusion(weights, k);
    EXPECT_NEAR(std::accumulate(reached.begin(), reached.end(), 0.0), k, 1e-9);
    expect_near(reached, wanted, 1e-9);
  }
}

// A single draw takes an item in proportion to its weight, so the weights are the probabilities; equal probabilities
// need equal weights by symmetry.
TEST(SuccessiveSampling, WeightsKnownInAdvance) {
  const std::vector<double> wanted = zipf_inclusion(2048, 1, 0.7);
  expect_near(successive_weights(wanted), wanted, 1e-15);
  expect_near(successive_weights(std::vector<double>(160, 6.0 / 160)), std::vector<double>(160, 1.0 / 160), 1e-12);
}

// The reason for calibrating: taken as weights, the shares of Zipf 0.8 give the most popular of 256 experts a quarter
// less than its share. 0.8 leaves room for the figure, not for an uncalibrated sampler.
TEST(SuccessiveSampling, PlainWeightsMissTheHottestExpert) {
  const std::vector<double> wanted = zipf_inclusion(256, 8, 0.8);
  const double reached = successive_inclusion(wanted, 8)[0];
  EXPECT_LT(reached, 0.8 * wanted[0]);
}

// Equal weights: the coupon collector needs E / (E - i) candidates for the next new item when i are known. k = 2: the
// second item needs 1 / (1 - w_j) candidates when j was first.
TEST(SuccessiveSampling, ExpectedCandidates) {
  for (const auto& [experts, k] : {std::pair{256, 8}, {60, 59}, {2048, 1}, {16, 2}}) {
    double expected = 0;
    for (int i = 0; i < k; ++i) expected += static_cast<double>(experts) / (experts - i);
    EXPECT_NEAR(expected_candidates(std::vector<double>(static_cast<std::size_t>(experts), 3.0), k) / expected, 1,
                1e-9);
  }
  const std::vector<double> weights = {0.9, 0.07, 0.02, 0.01};
  double expected = 1;
  for (const double w : weights) expected += w / (1 - w);
  EXPECT_NEAR(expected_candidates(weights, 2), expected, 1e-9);
}

}  // namespace
}  // namespace ringtail
