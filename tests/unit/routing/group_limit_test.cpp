#include "routing/group_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "routing/enumeration.hpp"

namespace ringtail {
namespace {

/// Inclusion by the definition: every set of groups, every first expert in each, every order of the others.
std::vector<double> enumerated(const std::vector<double>& weights, int k, const GroupLimit& limit) {
  const std::size_t size = weights.size() / static_cast<std::size_t>(limit.groups);
  const auto sets = group_sets(limit);
  const std::vector<double> probabilities = group_set_probabilities(weights, limit);
  std::vector<double> inclusion(weights.size());
  for (std::size_t s = 0; s < sets.size(); ++s) {
    std::vector<std::size_t> members;
    for (const std::uint16_t g : sets[s])
      for (std::size_t i = 0; i < size; ++i) members.push_back(g * size + i);
    std::size_t firsts = 1;
    for (std::size_t g = 0; g < sets[s].size(); ++g) firsts *= size;
    for (std::size_t code = 0; code < firsts; ++code) {
      double probability = probabilities[s];
      std::set<std::size_t> taken;
      std::size_t rest = code;
      for (const std::uint16_t g : sets[s]) {
        const auto group = weights.begin() + static_cast<long>(g * size);
        probability *= weights[g * size + rest % size] / std::accumulate(group, group + static_cast<long>(size), 0.0);
        taken.insert(g * size + rest % size);
        rest /= size;
      }
      std::vector<std::size_t> others;
      std::vector<double> left;
      for (const std::size_t e : members) {
        if (taken.contains(e)) continue;
        others.push_back(e);
        left.push_back(weights[e]);
      }
      for (const std::size_t e : taken) inclusion[e] += probability;
      const std::vector<double> added = enumerated_inclusion(left, k - limit.per_token);
      for (std::size_t i = 0; i < others.size(); ++i) inclusion[others[i]] += probability * added[i];
    }
  }
  return inclusion;
}

// The quadrature against brute force; its own error is bounded by the 1e-9 given up at either end.
TEST(GroupLimit, InclusionIsTheEnumeratedOne) {
  const std::vector<double> weights = {3, 1, 0.5, 0.2, 1, 1, 8, 0.1, 0.3, 2, 2, 0.7};
  for (const auto& [k, limit] : {std::pair{3, GroupLimit{4, 2}},
                                 {4, GroupLimit{4, 2}},
                                 {4, GroupLimit{3, 2}},
                                 {5, GroupLimit{4, 2}},
                                 {4, GroupLimit{4, 3}},
                                 {2, GroupLimit{3, 1}}}) {
    const std::vector<double> expected = enumerated(weights, k, limit);
    const std::vector<double> inclusion = group_limited_inclusion(weights, k, limit);
    for (std::size_t e = 0; e < weights.size(); ++e) EXPECT_NEAR(inclusion[e], expected[e], 2e-8) << "expert " << e;
  }
}

// Sets have the probability Π (exp(W_j τ) - 1) with 2 groups expected by τ. By hand for equal groups: all 6 alike.
TEST(GroupLimit, SetsOfEqualGroupsAreEquallyLikely) {
  const std::vector<double> weights(12, 1.0);
  const auto sets = group_sets({4, 2});
  EXPECT_EQ(sets.size(), 6U);
  EXPECT_EQ(std::set(sets.begin(), sets.end()).size(), 6U);
  for (const double p : group_set_probabilities(weights, {4, 2})) EXPECT_NEAR(p, 1.0 / 6, 1e-12);
}

// The calibrated weights give back what they were calibrated to, k in all, in the shape of DeepSeek-V3 and others. The
// law Σπ = k is not used by the method.
TEST(GroupLimit, WeightsMeetTheInclusion) {
  for (const auto& [experts, k, limit, alpha] : {std::tuple{256, 8, GroupLimit{8, 4}, 0.0},
                                                 {256, 8, GroupLimit{8, 4}, 0.8},
                                                 {160, 6, GroupLimit{8, 3}, 0.7},
                                                 {64, 4, GroupLimit{4, 2}, 0.5}}) {
    std::vector<double> inclusion;
    for (int r = 0; r < experts; ++r)  // 37 is coprime to all: neighbours in popularity lie in different groups
      inclusion.push_back(std::pow(1 + r * 37 % experts, -alpha));
    const double sum = std::accumulate(inclusion.begin(), inclusion.end(), 0.0);
    for (double& pi : inclusion) pi *= k / sum;
    const std::vector<double> reached = group_limited_inclusion(group_limited_weights(inclusion, limit), k, limit);
    for (std::size_t e = 0; e < reached.size(); ++e) EXPECT_NEAR(reached[e], inclusion[e], 1e-7);
    EXPECT_NEAR(std::accumulate(reached.begin(), reached.end(), 0.0), k, 1e-6);
  }
}

// An expert that every token has, as the hottest of a strongly skewed popularity is, takes one of the groups for ever:
// its weight is finite, and the others' inclusions are met as well.
TEST(GroupLimit, HoldsAnExpertThatEveryTokenHas) {
  std::vector<double> inclusion(32, 3.0 / 31);
  inclusion[5] = 1;
  const GroupLimit limit{4, 3};
  const std::vector<double> reached = group_limited_inclusion(group_limited_weights(inclusion, limit), 4, limit);
  for (std::size_t e = 0; e < reached.size(); ++e) EXPECT_NEAR(reached[e], inclusion[e], 1e-7);
}

// All that every token has must be in its groups: two in one group can be, one in each of three groups cannot.
TEST(GroupLimit, RefusesCertainExpertsInTooManyGroups) {
  std::vector<double> inclusion(30, 1.0 / 27);
  for (const std::size_t e : {0U, 10U, 20U}) inclusion[e] = 1;
  EXPECT_THROW((void)group_limited_weights(inclusion, {3, 2}), UnreachablePopularity);
}

// Three groups with an expert of π = 0.9 each need 2.7 groups per token on average: two are not enough.
TEST(GroupLimit, RefusesWhatTheGroupsCannotHold) {
  std::vector<double> inclusion(30, (4 - 2.7) / 27);
  for (const std::size_t e : {0U, 10U, 20U}) inclusion[e] = 0.9;
  EXPECT_THROW((void)group_limited_weights(inclusion, {3, 2}), UnreachablePopularity);
}

TEST(GroupLimit, BindsOnlyIfItForbidsSomething) {
  EXPECT_TRUE((GroupLimit{8, 4}.binds(8)));
  EXPECT_FALSE((GroupLimit{8, 8}.binds(16)));
  EXPECT_FALSE((GroupLimit{8, 4}.binds(4)));  // four experts never lie in five groups
  EXPECT_FALSE((GroupLimit{1, 1}.binds(8)));
}

}  // namespace
}  // namespace ringtail
