#include "parallel/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

/// Every layout of up to 24 ranks with degrees from these lists, i.e. also those that are no powers of two.
std::vector<Parallelism> all_layouts() {
  std::vector<Parallelism> result;
  for (const int dp : {1, 2, 3, 4}) {
    for (const int kvp : {1, 2, 3}) {
      for (const int tp : {1, 2}) {
        for (const int ffn_tp : {1, 2, 3}) {
          for (const int ffn_dp : {1, 2, 3}) {
            const int ranks = dp * kvp * tp;
            if (dp % ffn_dp == 0 && ranks % (ffn_dp * ffn_tp) == 0) {
              result.push_back({.attention = {.dp = dp, .kvp = kvp, .tp = tp},
                                .ffn = {.dp = ffn_dp, .ep = ranks / ffn_tp / ffn_dp, .tp = ffn_tp}});
            }
          }
        }
      }
    }
  }
  return result;
}

/// Each rank is in the group that it asks for, all members give the same answer, and the group has the given size: so
/// the groups are a partition of the ranks.
template <typename GroupOf>
void expect_partition(const Layout& layout, int size, GroupOf group_of) {
  for (int rank = 0; rank < layout.ranks(); ++rank) {
    const std::vector<int>& group = group_of(rank);
    EXPECT_EQ(group.size(), static_cast<std::size_t>(size));
    EXPECT_EQ(std::count(group.begin(), group.end(), rank), 1);
    EXPECT_TRUE(std::is_sorted(group.begin(), group.end()));
    for (const int member : group) EXPECT_EQ(group_of(member), group);
  }
}

TEST(Layout, GroupsArePartitionsOfTheRanks) {
  for (const Parallelism& p : all_layouts()) {
    const Layout layout(p, 100);
    ASSERT_EQ(layout.ranks(), p.ffn.dp * p.ffn.ep * p.ffn.tp);
    expect_partition(layout, p.attention.kvp * p.attention.tp, [&](int r) { return layout.attention_group(r); });
    expect_partition(layout, p.attention.tp, [&](int r) { return layout.attention_tp_group(r); });
    expect_partition(layout, p.attention.kvp, [&](int r) { return layout.cache_group(r); });
    expect_partition(layout, p.ffn.tp, [&](int r) { return layout.ffn_tp_group(r); });
    expect_partition(layout, p.ffn.ep * p.ffn.tp, [&](int r) { return layout.ffn_group(layout.ffn_dp_index(r)); });
  }
}

// A TP group and a KVP group of one attention group have exactly one rank in common, as rows and columns do.
TEST(Layout, TpAndKvpGroupsCrossInsideTheAttentionGroup) {
  for (const Parallelism& p : all_layouts()) {
    const Layout layout(p, 1);
    for (int rank = 0; rank < layout.ranks(); ++rank) {
      const std::vector<int>& group = layout.attention_group(rank);
      std::vector<int> common;
      std::set_intersection(layout.attention_tp_group(rank).begin(), layout.attention_tp_group(rank).end(),
                            layout.cache_group(rank).begin(), layout.cache_group(rank).end(),
                            std::back_inserter(common));
      EXPECT_EQ(common, std::vector<int>{rank});
      EXPECT_TRUE(
          std::includes(group.begin(), group.end(), layout.cache_group(rank).begin(), layout.cache_group(rank).end()));
    }
  }
}

// By hand, rank = (dp · 2 + kvp) · 2 + tp: rank 5 is dp 1, kvp 0, tp 1.
TEST(Layout, RankOrder) {
  const Layout layout({.attention = {.dp = 2, .kvp = 2, .tp = 2}, .ffn = {.ep = 4, .tp = 2}}, 8, 16);
  EXPECT_EQ(layout.attention_group(5), (std::vector<int>{4, 5, 6, 7}));
  EXPECT_EQ(layout.attention_tp_group(5), (std::vector<int>{4, 5}));
  EXPECT_EQ(layout.cache_group(5), (std::vector<int>{5, 7}));
  EXPECT_EQ(layout.ffn_tp_group(5), (std::vector<int>{4, 5}));
  EXPECT_EQ(layout.dp_index(5), 1);
  EXPECT_EQ(layout.index_in_attention_group(5), 1);
}

// By hand, rank = (cp · 1 + 0) · 2 + tp on a ring of three pairs: sequences are dealt to the pairs in turn, both tokens
// of a sequence together, and within a pair token i belongs to rank i mod 2.
TEST(Layout, CpRanksHaveSequencesOfTheirOwn) {
  const AttentionParallelism ring{.tp = 2, .cp = 3};
  const Layout layout({.attention = ring, .ffn = {.dp = 3, .tp = 2}}, 7);
  EXPECT_EQ(layout.ranks(), 6);
  EXPECT_EQ(layout.token_group(3), (std::vector<int>{2, 3}));
  EXPECT_EQ(layout.cache_group(3), (std::vector<int>{1, 3, 5}));
  EXPECT_EQ(layout.cp_index(3), 1);
  EXPECT_EQ(layout.token_group_tokens(0), 3);  // Sequences 0, 3, 6,
  EXPECT_EQ(layout.token_group_tokens(3), 2);  // 1, 4.
  const Layout two = layout.with_tokens_per_sequence(2);
  std::vector<int> owned(6);
  for (int sequence = 0; sequence < 7; ++sequence)
    for (const int token : {0, 1}) {
      const int owner = two.owner(sequence, token);
      EXPECT_EQ(two.cp_index(owner), sequence % 3);
      EXPECT_EQ(owner % 2, token);
      ++owned[static_cast<std::size_t>(owner)];
    }
  for (int rank = 0; rank < 6; ++rank) EXPECT_EQ(two.owned_tokens(rank), owned[static_cast<std::size_t>(rank)]);
  EXPECT_EQ(layout.owner(layout.first_owned_sequence(5)), 5);
  // A cache of 100 tokens in blocks of 16: seven blocks, the last of 4 tokens on the first pair.
  EXPECT_EQ(layout.cached_tokens(0, 100, 16), 36);
  EXPECT_EQ(layout.cached_tokens(2, 100, 16), 32);
  EXPECT_THROW(Layout({.attention = {.kvp = 2, .tp = 1, .cp = 2}, .ffn = {.dp = 4}}, 1), std::invalid_argument);
}

// Batches smaller than, equal to and not divisible by the number of groups.
TEST(Layout, SequencesAreDealtEvenlyAndOnce) {
  for (const Parallelism& p : all_layouts()) {
    for (const int batch : {0, 1, 2, 3, 7, 24, 25}) {
      const Layout layout(p, batch);
      int next = 0;
      for (int dp = 0; dp < p.attention.dp; ++dp) {
        EXPECT_EQ(layout.first_sequence(dp), next);
        next += layout.sequences(dp);
        EXPECT_LE(layout.sequences(0) - layout.sequences(dp), 1);
        EXPECT_GE(layout.sequences(0), layout.sequences(dp));
      }
      EXPECT_EQ(next, batch);
    }
  }
}

// Walk over the ranks and the tokens they say they own: every sequence's token comes once, from its owner.
TEST(Layout, EveryTokenHasOneOwner) {
  for (const Parallelism& p : all_layouts()) {
    for (const int batch : {0, 1, 2, 3, 7, 24, 25}) {
      const Layout layout(p, batch);
      const int stride = p.attention.kvp * p.attention.tp;
      std::vector<int> times_owned(static_cast<std::size_t>(batch), 0);
      for (int rank = 0; rank < layout.ranks(); ++rank) {
        for (int i = 0; i < layout.owned_tokens(rank); ++i) {
          const int sequence = layout.first_owned_sequence(rank) + i * stride;
          ASSERT_LT(sequence, batch);
          ++times_owned[static_cast<std::size_t>(sequence)];
          EXPECT_EQ(layout.owner(sequence), rank);
          const int index = sequence - layout.first_sequence(layout.dp_index(rank));
          EXPECT_EQ(index % stride, layout.index_in_attention_group(rank));  // design: i mod N = r
        }
      }
      EXPECT_EQ(times_owned, std::vector<int>(static_cast<std::size_t>(batch), 1));
    }
  }
}

// Contiguous placement: walking over the EP ranks of a group gives 0 .. E-1 in order, whatever divides what; the
// holders of an expert in a group are its ranks that say they have it.
TEST(Layout, ExpertsAreHeldContiguouslyAndOnce) {
  for (const Parallelism& p : all_layouts()) {
    for (const int experts : {1, 5, 8, 24, 256}) {
      const Layout layout(p, 1, experts);
      for (int group = 0; group < p.ffn.dp; ++group) {
        std::vector<std::vector<int>> holders(static_cast<std::size_t>(experts));
        int next = 0;
        for (const int rank : layout.ffn_group(group)) {
          const SlotRange range = layout.slots_of(rank);
          if (rank % p.ffn.tp == 0) {
            EXPECT_EQ(range.first, next);
            next += range.count;
          }
          for (int e = range.first; e < range.first + range.count; ++e)
            holders[static_cast<std::size_t>(e)].push_back(rank);
        }
        EXPECT_EQ(next, experts);
        for (int e = 0; e < experts; ++e)
          EXPECT_EQ(layout.slot_holders(e, group), holders[static_cast<std::size_t>(e)]);
      }
    }
  }
}

// Whole attention groups are in one FFN group, and its sequences are theirs: those whose owners are its ranks.
TEST(Layout, FfnGroupsOwnTheirSequences) {
  for (const Parallelism& p : all_layouts()) {
    for (const int batch : {0, 1, 2, 3, 7, 24, 25}) {
      const Layout layout(p, batch, 8);
      int next = 0;
      for (int group = 0; group < p.ffn.dp; ++group) {
        for (const int sequence : layout.ffn_group_sequences(group)) {
          EXPECT_EQ(sequence, next++);
          EXPECT_EQ(layout.ffn_dp_index(layout.owner(sequence)), group);
        }
      }
      EXPECT_EQ(next, batch);
    }
  }
}

// Each sequence is in one micro-batch, with the same attention group and, of the ranks there, an owner.
TEST(Layout, MicroBatchesDivideTheSequencesOfEachGroup) {
  for (const Parallelism& p : all_layouts()) {
    for (const int batch : {0, 1, 7, 24, 25}) {
      const Layout layout(p, batch, 8);
      const std::vector<Layout> halves = {layout.micro_batch(0, 2), layout.micro_batch(1, 2)};
      EXPECT_EQ(halves[0].batch_total() + halves[1].batch_total(), batch);
      for (int dp = 0; dp < p.attention.dp; ++dp) {
        EXPECT_EQ(halves[0].sequences(dp), (layout.sequences(dp) + 1) / 2);
        EXPECT_EQ(halves[0].first_sequence(dp), layout.first_sequence(dp));
        EXPECT_EQ(halves[1].first_sequence(dp), layout.first_sequence(dp) + halves[0].sequences(dp));
        EXPECT_EQ(halves[1].sequences(dp), layout.sequences(dp) / 2);
      }
      for (const Layout& half : halves) {
        int owned = 0;
        for (int rank = 0; rank < layout.ranks(); ++rank) owned += half.owned_tokens(rank);
        EXPECT_EQ(owned, half.batch_total());
        for (int group = 0; group < p.ffn.dp; ++group)
          for (const int sequence : half.ffn_group_sequences(group))
            EXPECT_EQ(half.dp_index(half.owner(sequence)), layout.dp_index(layout.owner(sequence)));
      }
    }
  }
}

// With experts, ranks depend on those of their FFN group; dense layers tie attention groups and FFN TP groups that
// overlap: blocks of two and of three make six.
// Groups of 3, none and 2 sequences: numbered through, with owners where they are.
TEST(Layout, GroupsMayHaveAnyNumberOfSequences) {
  const Layout layout = Layout({{3, 2, 1}, {1, 6, 1}}, 5).with_sequences({3, 0, 2});
  EXPECT_EQ(layout.first_sequence(1), 3);
  EXPECT_EQ(layout.first_sequence(2), 3);
  EXPECT_EQ(layout.sequences(1), 0);
  const std::vector<int> owners = {0, 1, 0, 4, 5};
  for (int place = 0; place < 5; ++place) EXPECT_EQ(layout.owner(place), owners[static_cast<std::size_t>(place)]);
  EXPECT_EQ(layout.owned_tokens(0), 2);
  EXPECT_EQ(layout.owned_tokens(2), 0);
  EXPECT_EQ(layout.ffn_group_sequences(0), (std::vector<int>{0, 1, 2, 3, 4}));
  const Layout second = layout.micro_batch(1, 2);
  EXPECT_EQ(second.ffn_group_sequences(0), (std::vector<int>{2, 4}));
  EXPECT_EQ(second.owner(4), 4);
  EXPECT_THROW(static_cast<void>(layout.with_sequences({3, 2})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(layout.with_sequences({3, 1, 2})), std::invalid_argument);
}

TEST(Layout, ReplicasShareNothing) {
  EXPECT_EQ(Layout({{8, 1, 1}, {2, 4, 1}}, 8, 16).replica_ranks(), 4);
  EXPECT_EQ(Layout({{8, 1, 1}, {2, 2, 2}}, 8).replica_ranks(), 2);
  EXPECT_EQ(Layout({{1, 1, 8}, {2, 1, 4}}, 8).replica_ranks(), 8);
  EXPECT_EQ(Layout({{6, 1, 2}, {4, 1, 3}}, 8).replica_ranks(), 6);
}

// DeepSeek-V3 on EP64: 4 experts per rank, expert e on rank e / 4.
TEST(Layout, DeepSeekOnSixtyFourRanks) {
  const Layout layout({.attention = {.dp = 64, .kvp = 1, .tp = 1}, .ffn = {.ep = 64, .tp = 1}}, 8192, 256);
  for (int e = 0; e < 256; ++e) EXPECT_EQ(layout.slot_holders(e), std::vector<int>{e / 4});
  EXPECT_EQ(layout.sequences(63), 128);
  EXPECT_EQ(layout.owned_tokens(63), 128);
}

TEST(Layout, RejectsWhatIsNoLayout) {
  const AttentionParallelism eight{.dp = 2, .kvp = 2, .tp = 2};
  EXPECT_THROW(Layout({.attention = eight, .ffn = {.ep = 4, .tp = 1}}, 1), std::invalid_argument);
  EXPECT_THROW(Layout({.attention = eight, .ffn = {.ep = 8, .tp = 1}}, -1), std::invalid_argument);
  EXPECT_THROW(Layout({.attention = eight, .ffn = {.dp = 4, .ep = 2, .tp = 1}}, 1, 8), std::invalid_argument);
  EXPECT_NO_THROW(Layout({.attention = eight, .ffn = {.dp = 4, .ep = 1, .tp = 2}}, 1));  // Dense.
  EXPECT_THROW(Layout({.attention = {.dp = -2, .kvp = -2, .tp = 2}, .ffn = {.ep = 8, .tp = 1}}, 1),
               std::invalid_argument);
  EXPECT_THROW(Layout({.attention = {.dp = 0, .kvp = 1, .tp = 1}, .ffn = {.ep = 0, .tp = 1}}, 1),
               std::invalid_argument);
}

TEST(Layout, KvpRanksTakeBlocksInTurn) {
  // 1000 tokens in blocks of 64 are 16 blocks, the last with 40. Three KVP ranks take blocks 0 3 .. 15 (six), 1 4 .. 13
  // (five) and 2 5 .. 14 (five).
  const Layout layout({{1, 3, 2}, {1, 6, 1}}, 4);
  const std::vector<int> expected = {5 * 64 + 40, 5 * 64, 5 * 64};
  for (int rank = 0; rank < 6; ++rank)
    EXPECT_EQ(layout.cached_tokens(rank, 1000, 64), expected[static_cast<std::size_t>(rank / 2)]);
  // Whatever the numbers, the parts are the whole.
  for (const int context : {1, 63, 64, 65, 4096, 4160, 131072})
    EXPECT_EQ(layout.cached_tokens(0, context, 64) + layout.cached_tokens(2, context, 64) +
                  layout.cached_tokens(4, context, 64),
              context);
}

}  // namespace
}  // namespace ringtail
