#include "routing/expert_slots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "routing/capacity.hpp"
#include "routing/expert_sampler.hpp"

namespace ringtail {
namespace {

constexpr int ranks = 16;
constexpr int tokens_per_rank = 24;
constexpr std::size_t k = 4;
const RandomStream stream(1, 0, replica_stream);

/// 384 tokens of 16 ranks on islands of 4, each with 4 of 64 experts, Zipf 0.7.
struct Tokens {
  Tokens() : sequences(ranks * tokens_per_rank), experts(sequences.size() * k) {
    std::iota(sequences.begin(), sequences.end(), 0U);
    for (const std::uint32_t s : sequences) homes.push_back(s / tokens_per_rank);
    for (std::uint32_t rank = 0; rank < ranks; ++rank) islands.push_back(rank / 4);
    const Routing zipf = {.popularity = {.kind = Popularity::Kind::zipf, .zipf = 0.7}};
    const ExpertSampler sampler({1, 64, k, {}}, zipf, 1, 0);
    sampler.draw(0, 0, sequences, experts);
    loads = sampler.inclusion(0);
  }
  [[nodiscard]] LayerSlots placed(PlacementPolicy policy, int slots) const {
    return LayerSlots(place({loads, ranks, slots, 4, 8}, policy, RandomStream(1, 0, placement_stream), 0));
  }
  [[nodiscard]] std::vector<std::uint16_t> visited(const LayerSlots& layer, ReplicaChoice replica) const {
    std::vector<std::uint16_t> slots = experts;
    layer.choose(replica, WordBatch(stream, 0, 0), {sequences, homes, islands}, slots);
    return slots;
  }
  std::vector<std::uint32_t> sequences, homes, islands;
  std::vector<std::uint16_t> experts;
  std::vector<double> loads;
};

constexpr PlacementPolicy policies[] = {PlacementPolicy::contiguous, PlacementPolicy::round_robin,
                                        PlacementPolicy::random,     PlacementPolicy::eplb,
                                        PlacementPolicy::spread,     PlacementPolicy::eplb_hierarchical};
constexpr ReplicaChoice choices[] = {ReplicaChoice::random, ReplicaChoice::nearest, ReplicaChoice::least_loaded_oracle};

// What a token wants it gets: a placement changes where an expert is, never which one it is. 70 slots are not even.
TEST(LayerSlots, TokensMeetTheExpertsThatTheyChose) {
  const Tokens tokens;
  for (const PlacementPolicy policy : policies) {
    for (const int slots : {64, 70, 80}) {
      const LayerSlots layer = tokens.placed(policy, slots);
      for (const ReplicaChoice choice : choices) {
        const auto visited = tokens.visited(layer, choice);
        for (std::size_t i = 0; i < visited.size(); ++i) ASSERT_EQ(layer.expert_of_slot[visited[i]], tokens.experts[i]);
      }
    }
  }
}

TEST(LayerSlots, InOrderEachExpertIsInTheSlotOfItsNumber) {
  const Tokens tokens;
  EXPECT_EQ(tokens.visited(tokens.placed(PlacementPolicy::contiguous, 64), ReplicaChoice::random), tokens.experts);
  std::vector<std::uint16_t> slots = tokens.experts;
  ExpertSlots().choose(0, 0, {tokens.sequences, tokens.homes, tokens.islands}, slots);
  EXPECT_EQ(slots, tokens.experts);
}

TEST(LayerSlots, NearestStaysOnTheIslandIfItCan) {
  const Tokens tokens;
  const LayerSlots layer = tokens.placed(PlacementPolicy::spread, 80);
  const auto visited = tokens.visited(layer, ReplicaChoice::nearest);
  for (std::size_t i = 0; i < visited.size(); ++i) {
    const std::uint32_t home = tokens.islands[tokens.homes[i / k]];
    bool is_there = false;
    for (std::size_t slot = 0; slot < 80; ++slot)
      is_there |= layer.expert_of_slot[slot] == tokens.experts[i] && tokens.islands[layer.rank_of_slot[slot]] == home;
    EXPECT_EQ(tokens.islands[layer.rank_of_slot[visited[i]]] == home, is_there);
  }
}

// Two experts on three ranks; expert 0 is on ranks 0 and 2. Tokens visit 0, 1, 0, 0: ranks 0 and 2 tie for the first,
// the lower one takes it; then rank 2 has none, then they tie again.
TEST(LayerSlots, OracleByHand) {
  const LayerSlots layer(ExpertPlacement{2, 3, {0, 1, 0}});
  const std::vector<std::uint32_t> sequences = {0, 1, 2, 3};
  const std::vector<std::uint32_t> zeros(4);
  std::vector<std::uint16_t> copies = {0, 1, 0, 0};
  layer.choose(ReplicaChoice::least_loaded_oracle, WordBatch(stream, 0, 0), {sequences, zeros, zeros}, copies);
  EXPECT_EQ(copies, (std::vector<std::uint16_t>{0, 1, 2, 0}));
}

// A random choice depends on the token alone: a part of the tokens on other ranks chooses the same replicas.
TEST(LayerSlots, RandomChoiceDoesNotDependOnOtherTokensOrRanks) {
  const Tokens tokens;
  const LayerSlots layer = tokens.placed(PlacementPolicy::eplb, 80);
  const auto all = tokens.visited(layer, ReplicaChoice::random);
  const std::span<const std::uint32_t> few = std::span(tokens.sequences).subspan(37, 51);
  std::vector<std::uint16_t> some(tokens.experts.begin() + 37 * k, tokens.experts.begin() + (37 + 51) * k);
  const std::vector<std::uint32_t> elsewhere(51, 3);
  layer.choose(ReplicaChoice::random, WordBatch(stream, 0, 0), {few, elsewhere, tokens.islands}, some);
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin() + 37 * k));
}

// Half of 1536 copies: 5.5 standard errors are 5.5 · sqrt(1536)/2.
TEST(LayerSlots, RandomChoiceIsFair) {
  const LayerSlots layer(ExpertPlacement{1, 2, {0, 0}});
  std::vector<std::uint32_t> sequences(1536);
  std::iota(sequences.begin(), sequences.end(), 0U);
  const std::vector<std::uint32_t> zeros(1536);
  std::vector<std::uint16_t> copies(1536);
  layer.choose(ReplicaChoice::random, WordBatch(stream, 0, 0), {sequences, zeros, zeros}, copies);
  EXPECT_NEAR(static_cast<double>(std::count(copies.begin(), copies.end(), 1)), 768, 108);
}

TEST(LayerSlots, DroppedCopiesStayDropped) {
  const Tokens tokens;
  for (const int slots : {64, 80}) {
    const LayerSlots layer = tokens.placed(PlacementPolicy::eplb, slots);
    std::vector<std::uint16_t> copies = tokens.experts;
    const int dropped = drop_beyond(20, 64, copies);
    ASSERT_GT(dropped, 0);
    layer.choose(ReplicaChoice::random, WordBatch(stream, 0, 0), {tokens.sequences, tokens.homes, tokens.islands},
                 copies);
    EXPECT_EQ(std::count(copies.begin(), copies.end(), dropped_expert), dropped);
  }
}

// Replicas are for the hottest experts: whatever the popularity, expected loads of the busiest rank do not rise with
// them, neither against the same policy without nor against experts in order.
TEST(Placement, ReplicasNeverRaiseTheExpectedLoadOfTheBusiestRank) {
  const RandomStream none(1, 0, placement_stream);
  for (const auto& popularity :
       {Popularity{.kind = Popularity::Kind::uniform}, Popularity{.kind = Popularity::Kind::zipf, .zipf = 0.5},
        Popularity{.kind = Popularity::Kind::zipf, .zipf = 0.8},
        Popularity{.kind = Popularity::Kind::lognormal, .lognormal = 1},
        Popularity{.kind = Popularity::Kind::dirichlet, .dirichlet = 0.5}}) {
    const ExpertSampler sampler({10, 256, 8, {}}, {.popularity = popularity}, 3, 0);
    for (int layer = 0; layer < 10; ++layer) {
      const std::vector<double> loads = sampler.inclusion(layer);
      const auto busiest = [&](PlacementPolicy policy, int slots) {
        const auto of_ranks = rank_loads(place({loads, 32, slots, 8, 8}, policy, none, layer), loads);
        return *std::max_element(of_ranks.begin(), of_ranks.end());
      };
      const double in_order = busiest(PlacementPolicy::contiguous, 256);
      for (const PlacementPolicy policy :
           {PlacementPolicy::eplb, PlacementPolicy::eplb_hierarchical, PlacementPolicy::spread}) {
        const double with = busiest(policy, 288);
        EXPECT_LE(with, busiest(policy, 256) * (1 + 1e-12));
        EXPECT_LE(with, in_order * (1 + 1e-12));
      }
    }
  }
}

}  // namespace
}  // namespace ringtail
