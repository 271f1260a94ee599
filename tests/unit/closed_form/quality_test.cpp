#include "closed_form/quality.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "closed_form/reuse.hpp"

namespace ringtail::closed_form {
namespace {

// Equations 15 and 16: (2.34 / 2.12)^(1 / 0.076) and (2.60 / 2.29)^(1 / 0.076). The paper prints 3.67 and 5.32; by
// logarithms they are 3.6685 and 5.3149, which would be printed 5.31: the losses have three digits, half a unit of
// which moves q by 6 %.
TEST(Quality, MultipliersOfDeepSpeedMoe) {
  EXPECT_NEAR(quality_multiplier(2.34, 2.12), 3.67, 0.005);
  EXPECT_NEAR(quality_multiplier(2.60, 2.29), std::exp(std::log(2.60 / 2.29) / 0.076), 1e-12);
  EXPECT_NEAR(quality_multiplier(2.60, 2.29), 5.32, 0.006);
}

// A model q times as large has q^-alpha of the loss (equations 12, 13), so equation 14 undoes it.
TEST(Quality, MultiplierUndoesTheLoss) {
  EXPECT_NEAR(quality_multiplier(1, loss_ratio(4.2)), 4.2, 1e-12);
  EXPECT_NEAR(quality_multiplier(2, 2), 1, 1e-15);
}

// Table 1: qs of DeepSpeed-MoE, 0.029 to 0.042 with s = 1/128; table 3: 0.156 of DeepSeek-V3 (q = 5), and
// Grok-1's 1.25, the only one above 1.
TEST(Quality, QsInequality) {
  const double deepspeed = sparsity(128, 1);
  EXPECT_NEAR(quality_multiplier(2.34, 2.12) * deepspeed, 0.029, 5e-4);
  EXPECT_NEAR(quality_multiplier(2.60, 2.29) * deepspeed, 0.042, 5e-4);
  EXPECT_TRUE(favours_dense(5, sparsity(256, 8)));
  EXPECT_NEAR(weight_traffic_ratio(5, sparsity(256, 8)), 6.4, 1e-12);
  EXPECT_FALSE(favours_dense(5, sparsity(8, 2)));
  EXPECT_EQ(weight_traffic_ratio(4, sparsity(8, 2)), 1);
}

// q = 5 of 671.03 G parameters: 5 · 8/256 · 671.03 = 104.85; of s P_total active ones equation 11 says the same.
TEST(Quality, MatchedParameters) {
  EXPECT_NEAR(matched_parameters(5, sparsity(256, 8), 671.03e9), 104.85e9, 5e6);
  EXPECT_NEAR(matched_weights(5, 671.03e9 / 32), matched_parameters(5, sparsity(256, 8), 671.03e9), 1);
}

}  // namespace
}  // namespace ringtail::closed_form
