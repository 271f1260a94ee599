#include "routing/expert_placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>

namespace ringtail {
namespace {

using Experts = std::vector<std::uint16_t>;

double max_over_mean(const std::vector<double>& loads) {
  return *std::max_element(loads.begin(), loads.end()) * static_cast<double>(loads.size()) /
         std::accumulate(loads.begin(), loads.end(), 0.0);
}

std::vector<double> zipf_loads(int experts, double alpha) {
  std::vector<double> loads;
  for (int e = 0; e < experts; ++e) loads.push_back(std::pow(1 + e * 37 % experts, -alpha));
  return loads;
}

// The example of EPLB's README (github.com/deepseek-ai/EPLB): 12 experts in 4 groups, 16 slots, 2 nodes of 4 GPUs.
const std::vector<std::vector<double>> published = {{90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86},
                                                    {20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27}};

TEST(ExpertPlacement, HierarchicalEplbGivesThePublishedExample) {
  EXPECT_EQ(place_eplb_hierarchically({published[0], 8, 16, 4, 4}).expert_of_slot,
            (Experts{5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1}));
  EXPECT_EQ(place_eplb_hierarchically({published[1], 8, 16, 4, 4}).expert_of_slot,
            (Experts{7, 10, 6, 8, 6, 11, 8, 9, 2, 4, 5, 1, 5, 0, 3, 1}));
}

// By hand from the rule: the four extra slots go, one after the other, to the largest load per replica; 183, 165, 132,
// 104 in the first layer (halves of these are below 104), 197, 187, 172, 157 in the second.
TEST(ExpertPlacement, GlobalEplbReplicatesTheHottest) {
  const std::vector<std::set<int>> twice = {{1, 4, 5, 10}, {5, 6, 7, 8}};
  for (std::size_t layer = 0; layer < 2; ++layer) {
    const auto ranks = place_eplb({published[layer], 8, 16, 4, 4}).ranks_of_experts();
    for (int e = 0; e < 12; ++e)
      EXPECT_EQ(ranks[static_cast<std::size_t>(e)].size(), twice[layer].contains(e) ? 2U : 1U) << "expert " << e;
  }
}

// Without groups that divide among the islands the hierarchical policy is the global one, as its description says.
TEST(ExpertPlacement, HierarchicalFallsBackToGlobal) {
  EXPECT_EQ(place_eplb_hierarchically({published[0], 8, 16, 4, 1}).expert_of_slot,
            place_eplb({published[0], 8, 16, 4, 1}).expert_of_slot);
}

// Whatever the policy: every slot is used, every expert has a replica, ranks differ by a slot at most, and the loads of
// ranks add up to those of experts. 288 slots on 72 ranks, 256 on 96 (uneven), one rank, more ranks than slots.
TEST(ExpertPlacement, EveryExpertHasAReplica) {
  const RandomStream stream(1, 0, "expert_placement");
  const std::vector<double> loads = zipf_loads(256, 0.9);
  for (const auto& [ranks, slots, island] :
       {std::tuple{72, 288, 8}, {96, 256, 8}, {64, 320, 8}, {1, 256, 8}, {300, 257, 72}}) {
    const PlacementProblem problem{loads, ranks, slots, island, 8};
    for (const ExpertPlacement& placement :
         {place_contiguously(problem), place_round_robin(problem), place_randomly(problem, stream, 3),
          place_eplb(problem), place_eplb_hierarchically(problem), place_spread(problem)}) {
      EXPECT_EQ(placement.slots(), slots);
      for (const auto& replicas : placement.ranks_of_experts()) EXPECT_GE(replicas.size(), 1U);
      for (int rank = 0; rank < ranks; ++rank) {
        EXPECT_GE(placement.slots_of(rank), slots / ranks);
        EXPECT_LE(placement.slots_of(rank), (slots + ranks - 1) / ranks);
      }
      const std::vector<double> by_rank = rank_loads(placement, loads);
      EXPECT_NEAR(std::accumulate(by_rank.begin(), by_rank.end(), 0.0),
                  std::accumulate(loads.begin(), loads.end(), 0.0), 1e-9);
    }
  }
}

TEST(ExpertPlacement, SimplePoliciesByHand) {
  const std::vector<double> loads(6, 1.0);
  EXPECT_EQ(place_contiguously({loads, 3, 6}).expert_of_slot, (Experts{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(place_round_robin({loads, 3, 6}).expert_of_slot, (Experts{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(place_contiguously({loads, 2, 8}).expert_of_slot, (Experts{0, 1, 2, 3, 4, 5, 0, 1}));
  EXPECT_EQ(place_round_robin({loads, 4, 6}).expert_of_slot, (Experts{0, 1, 4, 2, 3, 5}));  // 1, 2, 1, 2 slots
  EXPECT_THROW((void)place_contiguously({loads, 3, 5}), std::invalid_argument);
  EXPECT_THROW((void)place_eplb({loads, 3, 5}), std::invalid_argument);
  EXPECT_THROW((void)place_spread({loads, 0, 6}), std::invalid_argument);
}

// No placement can be better than max(mean, hottest replica); balanced ones come near it, contiguous ones do not.
// spread's exchanges make it at least as even as EPLB's packing in this case.
TEST(ExpertPlacement, BalancedPlacementsBalance) {
  const std::vector<double> loads = zipf_loads(256, 0.8);
  const PlacementProblem problem{loads, 32, 288, 8, 8};
  const double contiguous = max_over_mean(rank_loads(place_contiguously({loads, 32, 256, 8, 8}), loads));
  const double eplb = max_over_mean(rank_loads(place_eplb(problem), loads));
  const double spread = max_over_mean(rank_loads(place_spread(problem), loads));
  EXPECT_GT(contiguous, 1.5);
  EXPECT_LT(eplb, 1.05);
  EXPECT_LT(spread, 1.05);
  EXPECT_GE(std::min(eplb, spread), 1);
}

// Replicas of an expert lie on as many islands as there are replicas, where islands are enough; EPLB does not see to
// it.
TEST(ExpertPlacement, SpreadPutsReplicasOnDifferentIslands) {
  const std::vector<double> loads = zipf_loads(256, 0.8);
  const ExpertPlacement placement = place_spread({loads, 32, 288, 8, 8});
  for (const std::vector<int>& ranks : placement.ranks_of_experts()) {
    std::set<int> islands;
    for (const int rank : ranks) islands.insert(rank / 8);
    EXPECT_EQ(islands.size(), std::min<std::size_t>(ranks.size(), 4));
  }
}

}  // namespace
}  // namespace ringtail
