#include "decode/dispatch.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "parallel/messages.hpp"

namespace ringtail {
namespace {

using Matrix = std::map<std::pair<int, int>, Bytes>;  // (src, dst): bytes; pairs without transfers are missing.

Matrix matrix_of(const Exchange& exchange) {
  Matrix matrix;
  for (std::size_t member = 0; member < exchange.ranks.size(); ++member)
    for (const Transfer& transfer : exchange.row(member))
      matrix[{exchange.ranks[member], transfer.dst}] += transfer.bytes;
  return matrix;
}

std::shared_ptr<const Wiring> islands_of(int size, int gpus) {
  Platform platform;
  platform.island = {size, 100e9, 1.0, 1e-6};
  platform.fabric = {25e9, 1.0, 3e-6};
  return std::make_shared<const Wiring>(platform, gpus);
}

DecodeSpec spec_of(int gpus, int ffn_tp, int island_size, int batch, const Moe& moe, DispatchMode mode, int chunks,
                   int ffn_dp = 1) {
  Model model;
  model.layers = 1;
  model.hidden_size = 256;
  model.moe = moe;
  const Parallelism parallelism{{gpus, 1, 1}, {ffn_dp, gpus / ffn_tp / ffn_dp, ffn_tp}};
  DecodeSpec spec{model, {}, Layout(parallelism, batch, moe.experts), {}, {}, 1024, 1, islands_of(island_size, gpus)};
  spec.collectives.dispatch = mode;
  spec.collectives.dispatch_chunks = chunks;
  return spec;
}

// Islands {0, 1} and {2, 3}; GPU g holds experts 2g and 2g + 1; token i is GPU i's, GPU 3 has none. In fp8 a message
// has 256 bytes, two scales of 4 for 128 elements each, and a header of 16; combine returns 256 bf16.
constexpr Bytes D = 256 + 8 + 16;
constexpr Bytes C = 512;
constexpr Bytes F = 2 * 4;  // Flags for the two experts of one GPU.
const std::vector<std::uint16_t> three_tokens = {
    4, 5, 6,  // Token 0 goes to GPU 2 twice and to GPU 3.
    2, 0, 3,  // Token 1 to its own GPU 1 twice and to GPU 0.
    7, 0, 2,  // Token 2 to GPUs 3, 0 and 1.
};

struct ThreeTokens {
  ThreeTokens(DispatchMode mode, int island_size, int chunks)
      : spec(spec_of(4, 1, island_size, 3, Moe{8, 3, 64, 0, 0}, mode, chunks)),
        map(spec, 0),
        traffic(count_traffic(map, three_tokens)),
        counts(count_messages(spec, map, traffic)),
        dispatch(dispatch_plan(spec, map, traffic)),
        combine(combine_plan(spec, map, traffic)) {}
  DecodeSpec spec;
  TokenMap map;
  LayerTraffic traffic;
  MessageCounts counts;
  CollectivePlan dispatch;
  CollectivePlan combine;
};

TEST(Dispatch, LowLatencySendsEveryCopyToItsExpert) {
  const ThreeTokens t(DispatchMode::ll, 2, 1);
  ASSERT_EQ(t.dispatch.rounds.size(), 1U);
  EXPECT_EQ(matrix_of(t.dispatch.rounds[0]), (Matrix{{{0, 1}, F},
                                                     {{0, 2}, 2 * D + F},
                                                     {{0, 3}, D + F},
                                                     {{1, 0}, D + F},
                                                     {{1, 2}, F},
                                                     {{1, 3}, F},
                                                     {{2, 0}, D + F},
                                                     {{2, 1}, D + F},
                                                     {{2, 3}, D + F},
                                                     {{3, 0}, F},
                                                     {{3, 1}, F},
                                                     {{3, 2}, F}}));
  EXPECT_EQ(matrix_of(t.combine.rounds.at(0)),
            (Matrix{{{2, 0}, 2 * C}, {{3, 0}, C}, {{0, 1}, C}, {{0, 2}, C}, {{1, 2}, C}, {{3, 2}, C}}));
  EXPECT_EQ(t.counts.sent, (std::vector<double>{3, 3, 3, 0}));     // k each.
  EXPECT_EQ(t.counts.arrived, (std::vector<double>{2, 3, 2, 2}));  // Experts 0, 0 | 2, 3, 2 | 4, 5 | 6, 7.
}

TEST(Dispatch, IntraSendsOneCopyPerGpu) {
  const ThreeTokens t(DispatchMode::intra, 4, 1);
  ASSERT_EQ(t.dispatch.rounds.size(), 1U);
  EXPECT_EQ(matrix_of(t.dispatch.rounds[0]), (Matrix{{{0, 1}, F},
                                                     {{0, 2}, D + F},
                                                     {{0, 3}, D + F},
                                                     {{1, 0}, D + F},
                                                     {{1, 2}, F},
                                                     {{1, 3}, F},
                                                     {{2, 0}, D + F},
                                                     {{2, 1}, D + F},
                                                     {{2, 3}, D + F},
                                                     {{3, 0}, F},
                                                     {{3, 1}, F},
                                                     {{3, 2}, F}}));
  EXPECT_EQ(matrix_of(t.combine.rounds.at(0)),
            (Matrix{{{2, 0}, C}, {{3, 0}, C}, {{0, 1}, C}, {{0, 2}, C}, {{1, 2}, C}, {{3, 2}, C}}));
  EXPECT_EQ(t.counts.sent, (std::vector<double>{2, 2, 3, 0}));
  EXPECT_EQ(t.counts.arrived, (std::vector<double>{2, 2, 1, 2}));
}

TEST(Dispatch, InterCrossesTheFabricOncePerIslandAndIsForwardedOnTheRail) {
  const ThreeTokens t(DispatchMode::inter, 2, 2);
  ASSERT_EQ(t.dispatch.rounds.size(), 5U);  // Inside islands, two chunks over the fabric, two chunks forwarded.
  EXPECT_EQ(matrix_of(t.dispatch.rounds[0]), (Matrix{{{0, 1}, F}, {{1, 0}, D + F}, {{2, 3}, D + F}, {{3, 2}, F}}));
  // Rails are {0, 2} and {1, 3}. Token 0 enters island 1 at GPU 2, token 2 island 0 at GPU 0; flags of both GPUs of the
  // island come along. Each chunk is half.
  const Matrix fabric{{{0, 2}, (D + 2 * F) / 2}, {{1, 3}, F}, {{2, 0}, (D + 2 * F) / 2}, {{3, 1}, F}};
  // Token 0 goes on to GPU 3, token 2 to GPU 1; GPUs 2 and 0, where they entered, keep theirs.
  const Matrix forwarded{{{0, 1}, (D + F) / 2}, {{1, 0}, F / 2}, {{2, 3}, (D + F) / 2}, {{3, 2}, F / 2}};
  for (const std::size_t chunk : {0U, 1U}) {
    EXPECT_EQ(matrix_of(t.dispatch.rounds[1 + chunk]), fabric);
    EXPECT_EQ(matrix_of(t.dispatch.rounds[3 + chunk]), forwarded);
  }
  EXPECT_EQ(t.counts.sent,
            (std::vector<double>{1, 2, 2, 0}));  // Token 1: to itself and GPU 0; token 2: GPU 3 and island 0.
  EXPECT_EQ(t.counts.arrived, (std::vector<double>{2, 2, 1, 2}));
  EXPECT_EQ(t.counts.relayed, (std::vector<double>{1, 0, 1, 0}));
  EXPECT_EQ(t.counts.forwarded, (std::vector<double>{2, 0, 2, 0}));  // Each to both GPUs of its island.

  // Back: GPU 3's part of token 0 joins GPU 2's there, GPU 1's of token 2 GPU 0's; then once over the fabric.
  ASSERT_EQ(t.combine.rounds.size(), 5U);
  EXPECT_EQ(matrix_of(t.combine.rounds[0]), (Matrix{{{0, 1}, C}, {{3, 2}, C}}));
  for (const std::size_t chunk : {0U, 1U}) {
    EXPECT_EQ(matrix_of(t.combine.rounds[1 + chunk]), (Matrix{{{3, 2}, C / 2}, {{1, 0}, C / 2}}));
    EXPECT_EQ(matrix_of(t.combine.rounds[3 + chunk]), (Matrix{{{2, 0}, C / 2}, {{0, 2}, C / 2}}));
  }
}

TEST(Dispatch, InterOnOneIslandIsIntra) {
  const ThreeTokens inter(DispatchMode::inter, 4, 2);
  const ThreeTokens intra(DispatchMode::intra, 4, 2);
  ASSERT_EQ(inter.dispatch.rounds.size(), 1U);
  EXPECT_EQ(matrix_of(inter.dispatch.rounds[0]), matrix_of(intra.dispatch.rounds[0]));
  EXPECT_EQ(matrix_of(inter.combine.rounds.at(0)), matrix_of(intra.combine.rounds.at(0)));
  EXPECT_EQ(inter.counts.sent, intra.counts.sent);
}

/// Sixteen GPUs in islands of four, 101 tokens, 32 experts of which each token takes `k`.
struct Drawn {
  Drawn(DispatchMode mode, int k, int ffn_tp = 1)
      : spec(spec_of(16, ffn_tp, mode == DispatchMode::intra ? 16 : 4, 101, Moe{32, k, 64, 0, 0}, mode, 3)),
        map(spec, 0),
        traffic(draw_traffic(map, ExpertSampler({1, 32, k}, Routing{}, 5, 0), 0, 0)),
        counts(count_messages(spec, map, traffic)),
        dispatch(dispatch_plan(spec, map, traffic)),
        combine(combine_plan(spec, map, traffic)) {}
  [[nodiscard]] Bytes over_fabric(const CollectivePlan& plan) const {
    Bytes sum = 0;
    for (const Exchange& exchange : plan.rounds)
      for (const auto& [pair, bytes] : matrix_of(exchange))
        if (map.island_of(pair.first) != map.island_of(pair.second)) sum += bytes;
    return sum;
  }
  DecodeSpec spec;
  TokenMap map;
  LayerTraffic traffic;
  MessageCounts counts;
  CollectivePlan dispatch;
  CollectivePlan combine;
};

template <class Count>
Count sum(const std::vector<Count>& v) {
  return std::accumulate(v.begin(), v.end(), Count{0});
}

TEST(Dispatch, NoTokenIsLostOrMade) {
  for (const int ffn_tp : {1, 2}) {
    for (const DispatchMode mode : {DispatchMode::ll, DispatchMode::intra, DispatchMode::inter}) {
      const Drawn d(mode, 4, ffn_tp);
      EXPECT_EQ(sum(d.traffic.copies_of_slot), 101 * 4);
      // What owners send arrives; what goes over the fabric arrives once for each GPU that it is forwarded to.
      EXPECT_EQ(sum(d.counts.sent) - sum(d.counts.relayed) + sum(d.counts.forwarded), sum(d.counts.arrived));
      if (mode == DispatchMode::ll) {
        EXPECT_EQ(sum(d.counts.sent), 101 * 4 * ffn_tp);
      }
      // Message for message combine takes the dispatch's ways backwards, so its bytes without flags are the same.
      const double flags_per_hop =
          16.0 * 15 * 32 * ffn_tp / 16 * 4;  // Every rank to all others, if nothing is relayed.
      if (mode == DispatchMode::inter) continue;
      const auto all = [](const std::vector<Bytes>& bytes) { return std::accumulate(bytes.begin(), bytes.end(), 0.0); };
      EXPECT_NEAR((all(d.dispatch.outgoing) - flags_per_hop) / D, all(d.combine.incoming) / C, 1e-9);
    }
  }
}

TEST(Dispatch, RelayedBytesLeaveAsTheyCame) {
  // Over all hops a rank's dispatch takes in what its combine gives back, message for message.
  const Drawn d(DispatchMode::inter, 4);
  const double remote_owners = 3, island_flags = 8 * 4;  // Three other islands; 8 experts on each.
  for (std::size_t rank = 0; rank < 16; ++rank) {
    // Received by dispatch: from 3 island neighbours directly, over the fabric from 3 owners of its rail, and forwarded
    // by each of 3 neighbours the flags of 3 owners.
    const double flags = 3 * 8 + remote_owners * island_flags + 3 * remote_owners * 8;
    EXPECT_NEAR((d.dispatch.incoming[rank] - flags) / D, d.combine.outgoing[rank] / C, 1e-9);
  }
}

TEST(Dispatch, InterNeverCrossesTheFabricMoreOftenThanLowLatency) {
  const Drawn ll(DispatchMode::ll, 4);
  const Drawn inter(DispatchMode::inter, 4);
  // 4 of 32 experts on 4 islands of 8: some token surely takes two on one island.
  EXPECT_LT(inter.over_fabric(inter.dispatch), ll.over_fabric(ll.dispatch));
  EXPECT_LT(inter.over_fabric(inter.combine), ll.over_fabric(ll.combine));
  // With one expert per token there is nothing to save, and flags for all experts of an island weigh the same either
  // way.
  const Drawn ll_1(DispatchMode::ll, 1);
  const Drawn inter_1(DispatchMode::inter, 1);
  EXPECT_NEAR(inter_1.over_fabric(inter_1.dispatch), ll_1.over_fabric(ll_1.dispatch), 1e-6);
  EXPECT_NEAR(inter_1.over_fabric(inter_1.combine), ll_1.over_fabric(ll_1.combine), 1e-6);
}

/// Twelve GPUs in islands of three, in three FFN groups of four: none but the first and the last island is whole in one
/// group. 53 tokens, so that groups own unequal numbers.
struct GroupOfThree {
  GroupOfThree(DispatchMode mode, int ffn_dp)
      : spec(spec_of(12, 1, 3, 53, Moe{16, 3, 64, 0, 0}, mode, 2, 3)),
        map(spec, ffn_dp),
        traffic(draw_traffic(map, ExpertSampler({1, 16, 3}, Routing{}, 5, 0), 0, 0)),
        counts(count_messages(spec, map, traffic)),
        plans{dispatch_plan(spec, map, traffic), combine_plan(spec, map, traffic)} {}
  DecodeSpec spec;
  TokenMap map;
  LayerTraffic traffic;
  MessageCounts counts;
  std::vector<CollectivePlan> plans;
};

TEST(FfnGroups, ConserveTheirTokensAndSendNothingToOthers) {
  for (const DispatchMode mode : {DispatchMode::ll, DispatchMode::inter}) {
    for (const int ffn_dp : {0, 1, 2}) {
      const GroupOfThree group(mode, ffn_dp);
      int owned = 0;
      for (const int rank : group.map.ranks) owned += group.spec.layout.owned_tokens(rank);
      EXPECT_EQ(sum(group.traffic.copies_of_slot), owned * 3);
      EXPECT_EQ(sum(group.counts.sent) - sum(group.counts.relayed) + sum(group.counts.forwarded),
                sum(group.counts.arrived));
      for (const CollectivePlan& plan : group.plans) {
        EXPECT_EQ(plan.ranks, group.spec.layout.ffn_group(ffn_dp));
        for (const Exchange& exchange : plan.rounds)
          for (const Transfer& transfer : exchange.transfers)
            EXPECT_EQ(group.spec.layout.ffn_dp_index(transfer.dst), ffn_dp);
      }
    }
  }
}

// Placed experts: whatever the mode, and with groups whose islands are not whole, each copy that is not dropped goes to
// one slot of its expert, and bytes between owners and ranks are those of the copies in the slots.
TEST(Placement, ConservesCopiesInEveryModeAndGroup) {
  const Routing zipf{.popularity = {.kind = Popularity::Kind::zipf, .zipf = 0.5}};
  const ExpertSampler sampler({1, 16, 3}, zipf, 5, 0);
  const std::vector<double> loads = sampler.inclusion(0);
  for (const DispatchMode mode : {DispatchMode::ll, DispatchMode::inter}) {
    for (const ReplicaChoice replica :
         {ReplicaChoice::random, ReplicaChoice::nearest, ReplicaChoice::least_loaded_oracle}) {
      DecodeSpec spec = spec_of(12, 1, 3, 53, Moe{16, 3, 64, 0, 0}, mode, 2, 3);
      spec.layout = Layout(spec.layout.parallelism(), 53, 22);  // 5 or 6 slots on each of 4 ranks.
      const LayerSlots layer(place_spread({loads, 4, 22, 3, 1}));
      const ExpertSlots slots({layer}, replica, RandomStream(5, 0, replica_stream));
      for (const int ffn_dp : {0, 1, 2}) {
        const TokenMap map(spec, ffn_dp);
        for (const std::optional<double> capacity : {std::optional<double>(), std::optional<double>(1)}) {
          const LayerTraffic placed = draw_traffic(map, sampler, 0, 0, capacity, slots);
          const int copies = static_cast<int>(map.sequences.size()) * 3 - placed.dropped_copies;
          EXPECT_EQ(placed.dropped_copies > 0, capacity.has_value());
          ASSERT_EQ(placed.copies_of_slot.size(), 22U);
          EXPECT_EQ(sum(placed.copies_of_slot), copies);
          std::vector<int> by_rank(4);
          double sent = 0;
          for (std::size_t slot = 0; slot < 22; ++slot)
            by_rank[layer.rank_of_slot[slot]] += placed.copies_of_slot[slot];
          for (int ep = 0; ep < 4; ++ep) {
            double arrived = 0;
            for (int owner = 0; owner < 4; ++owner) arrived += placed.copies_to_ep_rank(owner, ep);
            EXPECT_EQ(arrived, by_rank[static_cast<std::size_t>(ep)]);
            sent += arrived;
          }
          EXPECT_EQ(sent, copies);
          const MessageCounts counts = count_messages(spec, map, placed);
          EXPECT_EQ(sum(counts.sent) - sum(counts.relayed) + sum(counts.forwarded), sum(counts.arrived));
        }
        // The experts that tokens chose are those of experts in order.
        std::vector<int> of_experts(16);
        const LayerTraffic placed = draw_traffic(map, sampler, 0, 0, std::nullopt, slots);
        for (std::size_t slot = 0; slot < 22; ++slot)
          of_experts[layer.expert_of_slot[slot]] += placed.copies_of_slot[slot];
        const DecodeSpec plain = spec_of(12, 1, 3, 53, Moe{16, 3, 64, 0, 0}, mode, 2, 3);
        EXPECT_EQ(of_experts, draw_traffic(TokenMap(plain, ffn_dp), sampler, 0, 0).copies_of_slot);
      }
    }
  }
}

TEST(FfnGroups, TokensChooseAlikeHoweverManyGroupsThereAre) {
  // A draw depends on the sequence alone: the groups' copies add up to those of one group with all tokens.
  const DecodeSpec one = spec_of(12, 1, 3, 53, Moe{16, 3, 64, 0, 0}, DispatchMode::ll, 1);
  const LayerTraffic all = draw_traffic(TokenMap(one, 0), ExpertSampler({1, 16, 3}, Routing{}, 5, 0), 0, 0);
  std::vector<int> added(16);
  for (const int ffn_dp : {0, 1, 2}) {
    const GroupOfThree group(DispatchMode::ll, ffn_dp);
    for (std::size_t e = 0; e < 16; ++e) added[e] += group.traffic.copies_of_slot[e];
  }
  EXPECT_EQ(added, all.copies_of_slot);
}

TEST(TokenMap, IslandsAreWhereTheOrderOfRanksPutsThem) {
  // Ranks 0 .. 3 on GPUs 0, 2, 1, 3: islands {0, 2} and {1, 3}. Token 0, of rank 0, visits ranks 2 (twice) and 3: both
  // islands. Token 1, of rank 1, visits ranks 1 and 0: its own island 1 and island 0. Token 2 visits ranks 3, 0 and 1.
  DecodeSpec spec = spec_of(4, 1, 2, 3, Moe{8, 3, 64, 0, 0}, DispatchMode::inter, 1);
  Platform platform;
  platform.island = {2, 100e9, 1.0, 1e-6};
  platform.fabric = {25e9, 1.0, 3e-6};
  spec.wiring = std::make_shared<const Wiring>(platform, 4, EndpointLimits{}, std::vector<int>{0, 2, 1, 3});
  const TokenMap map(spec, 0);
  ASSERT_EQ(map.islands(), 2);
  EXPECT_EQ(map.members_on(0), (std::vector<int>{0, 2}));
  EXPECT_EQ(map.members_on(1), (std::vector<int>{1, 3}));
  const LayerTraffic traffic = count_traffic(map, three_tokens);
  EXPECT_EQ(traffic.tokens_to_island(0, 0), 1);
  EXPECT_EQ(traffic.tokens_to_island(0, 1), 1);
  EXPECT_EQ(traffic.tokens_to_island(1, 0), 1);
  EXPECT_EQ(traffic.tokens_to_island(1, 1), 1);
  EXPECT_EQ(traffic.tokens_to_island(2, 0), 1);
  EXPECT_EQ(traffic.tokens_to_island(2, 1), 1);
  // Rails are of GPUs 0 and 2, ranks 0 and 1, and of 1 and 3, ranks 2 and 3.
  EXPECT_EQ(map.on_rail(0, 1), 1);
  EXPECT_EQ(map.on_rail(3, 0), 2);
  // Fabric: owners to relays, a message each and the flags of two ranks. Rank 3 owns nothing, but sends flags.
  EXPECT_EQ(matrix_of(dispatch_plan(spec, map, traffic).rounds[1]),
            (Matrix{{{0, 1}, D + 2 * F}, {{1, 0}, D + 2 * F}, {{2, 3}, D + 2 * F}, {{3, 2}, 2 * F}}));
}

TEST(FfnGroups, RelaysAreTheGroupsOwn) {
  // Group 1 has GPUs 4 and 5 (places 1 and 2) of island 1, and 6 and 7 (places 0 and 1) of island 2. GPU 4's rail
  // enters island 2 at 7, GPU 7's island 1 at 4; GPU 8 is not the group's, so 5 takes place 2 mod 2, GPU 6; 6 takes
  // GPU 4.
  const GroupOfThree group(DispatchMode::inter, 1);
  EXPECT_EQ(group.map.islands(), 2);
  const auto relay = [&](int rank, int island) {
    return group.map.ranks[static_cast<std::size_t>(group.map.on_rail(group.map.member_of(rank), island))];
  };
  EXPECT_EQ(relay(4, 1), 7);
  EXPECT_EQ(relay(7, 0), 4);
  EXPECT_EQ(relay(5, 1), 6);
  EXPECT_EQ(relay(6, 0), 4);
}

// Islands of two GPUs with one expert each, four in all; tokens take two of them. Six tokens per rank.
DecodeSpec two_islands(int tokens_per_rank, DispatchMode mode) {
  return spec_of(4, 1, 2, 4 * tokens_per_rank, Moe{4, 2, 64, 0, 0}, mode, 3);
}

TEST(DispatchChoice, EstimatesFollowFromExpectedMessages) {
  // Chances of a uniform token: one given GPU 1 - C(3,2)/C(4,2) = 1/2, one given island 1 - C(2,2)/C(4,2) = 5/6. So of
  // six tokens 3 go to each GPU and 5 to the other island.
  const double Bi = 100e9, Bf = 25e9, Li = 1e-6, Lf = 3e-6;
  double ll = 0, inter = 0;
  for (const Bytes message : {D, C}) {
    ll += std::max(Li + 3 * message / Bi, Lf + 2 * 3 * message / Bf);
    // Over the fabric 5; inside 3 direct and 3 forwarded, of which a third is left when the last chunk has come.
    inter += std::max(Lf + 5 * message / Bf, Li + 6 * message / Bi) + Li + 3 * message / 3 / Bi;
  }
  const DecodeSpec spec = two_islands(6, DispatchMode::automatic);
  EXPECT_NEAR(estimate_dispatch(spec, DispatchMode::ll) / ll, 1, 1e-12);
  EXPECT_NEAR(estimate_dispatch(spec, DispatchMode::inter) / inter, 1, 1e-12);
}

TEST(DispatchChoice, ManyTokensAreWorthASecondHop) {
  // Per token and in messages m, inter saves 1/6 m/Bf on the fabric and pays 2 Li, and 1/6 m/Bi for the last chunk.
  EXPECT_EQ(choose_dispatch(two_islands(6, DispatchMode::automatic)), DispatchMode::ll);
  EXPECT_EQ(choose_dispatch(two_islands(2000, DispatchMode::automatic)), DispatchMode::inter);
  EXPECT_EQ(choose_dispatch(two_islands(2000, DispatchMode::ll)), DispatchMode::ll);
  // What its kernels cost beside transfers counts: no number of bytes saved here is worth a second.
  DecodeSpec slow_kernels = two_islands(2000, DispatchMode::automatic);
  slow_kernels.gpu.kernels.inter = {KernelEfficiency{.floor = 1.0}, std::nullopt};
  EXPECT_EQ(choose_dispatch(slow_kernels), DispatchMode::ll);
  // On one island two copies to one GPU become one; with one expert per GPU there are none, and ll stays.
  const auto on_one_island = [](const Moe& moe) {
    return choose_dispatch(spec_of(4, 1, 4, 8000, moe, DispatchMode::automatic, 3));
  };
  EXPECT_EQ(on_one_island(Moe{4, 2, 64, 0, 0}), DispatchMode::ll);
  EXPECT_EQ(on_one_island(Moe{8, 4, 64, 0, 0}), DispatchMode::intra);
}

}  // namespace
}  // namespace ringtail
