// What attention cores read of sequences with lengths of their own, by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "decode/decode_program.hpp"
#include "decode/kv_imbalance.hpp"

namespace ringtail {
namespace {

using testing::ElementsAre;

/// Two dense layers of 4 heads of 32, each with keys and values of its own in bf16: 2 · 4 · 32 · 2 = 512 bytes per
/// cached token and layer on one rank. A token's query and output are 2 · 4 · 32 · 2 = 512 bytes of activations.
constexpr double token_bytes = 512;
constexpr double activation_bytes = 512;

DecodeSpec spec_of(const Parallelism& parallelism, const SequenceDeal& deal, bool has_experts = false) {
  Platform platform;
  platform.gpu.hbm = {1e30, 1e12};
  platform.gpu.peak = {0, 1e30, 1e30, 1e30};
  platform.island = {2, 1e9, 1.0, 0};
  platform.fabric = {1e9, 1.0, 0};
  Model model;
  model.layers = 2;
  model.hidden_size = 128;
  model.vocab_size = 256;
  model.attention = {4, 4, 32, std::nullopt};
  model.ffn = {256, true};
  if (has_experts) model.moe = Moe{2, 2, 64, 0, 0};
  const Layout layout(parallelism, static_cast<int>(deal.ids.size()), has_experts ? 2 : 0);
  DecodeSpec spec{.model = model,
                  .gpu = platform.gpu,
                  .layout = layout.with_sequences(deal.of_group),
                  .precision = {},
                  .collectives = {},
                  .context = 0,
                  .kv_block = 16,
                  .wiring = std::make_shared<const Wiring>(platform, 2)};
  spec.precision.weights = spec.precision.kv = Dtype::bf16;
  spec.deal = std::make_shared<const SequenceDeal>(deal);
  return spec;
}

/// The attention kernels of one step of a rank, in their order.
std::vector<Kernel> cores(const DecodeSpec& spec, int rank) {
  std::optional<DecodeProgram::RoutingDraws> routing;
  if (spec.model.moe)
    routing.emplace(DecodeProgram::RoutingDraws{ExpertSampler({spec.model.moe_layers(), 2, 2}, Routing{}, 1, 0),
                                                RoutingStatistics(std::vector<int>{0, 1}, 2), 0, 1});
  DecodeProgram program(spec, std::move(routing));
  std::vector<Kernel> found;
  for (bool ended = false; !ended;) {
    std::vector<Op> ops;
    program.next(rank, ops);
    for (const Op& op : ops) {
      if (const auto* kernel = std::get_if<Kernel>(&op))
        if (kernel->stage == static_cast<int>(Stage::attention)) found.push_back(*kernel);
      ended = ended || std::holds_alternative<EndStep>(op);
    }
  }
  return found;
}

// Two data-parallel ranks: the first has sequences of 100 and 300 tokens, the second one of 50.
TEST(CacheReads, AreTheSumOfARanksSequences) {
  const DecodeSpec spec = spec_of({{2, 1, 1}, {2, 1, 1}}, {{2, 1}, {0, 1, 2}, {100, 300, 50}});
  const auto first = cores(spec, 0), second = cores(spec, 1);
  ASSERT_EQ(first.size(), 2U);  // a layer each
  ASSERT_EQ(second.size(), 2U);
  for (const Kernel& kernel : first) {
    EXPECT_DOUBLE_EQ(kernel.bytes, 400 * token_bytes + 2 * activation_bytes);
    EXPECT_DOUBLE_EQ(kernel.flops, 4.0 * 4 * 32 * 400);
    EXPECT_DOUBLE_EQ(kernel.hbm, kernel.bytes / 1e12);
  }
  for (const Kernel& kernel : second) EXPECT_DOUBLE_EQ(kernel.bytes, 50 * token_bytes + activation_bytes);
}

// Busiest rank 400 of mean 225 tokens; of seconds, bytes at 1 TB/s: (400 · 512 + 1024) / (225 · 512 + 768).
TEST(CacheReads, AreWhatTheImbalanceIsOf) {
  const KvImbalance kv = kv_imbalance(spec_of({{2, 1, 1}, {2, 1, 1}}, {{2, 1}, {0, 1, 2}, {100, 300, 50}}));
  EXPECT_DOUBLE_EQ(kv.rank_max_over_mean, 400.0 / 225);
  EXPECT_DOUBLE_EQ(kv.attention_max_over_mean, (400 * 512 + 1024.0) / (225 * 512 + 768.0));
  EXPECT_DOUBLE_EQ(kv.mean_context, 150);
  EXPECT_EQ(kv.shortest_context, 50);
  EXPECT_EQ(kv.longest_context, 300);
  EXPECT_EQ(kv.fewest_sequences, 1);
  EXPECT_EQ(kv.most_sequences, 2);
}

// A window of 64 tokens in every layer but each second one.
TEST(CacheReads, EndAtTheWindowOfEachSequence) {
  DecodeSpec spec = spec_of({{2, 1, 1}, {2, 1, 1}}, {{2, 1}, {0, 1, 2}, {100, 300, 50}});
  spec.model.attention.window = AttentionWindow{64, 2};
  const auto first = cores(spec, 0), second = cores(spec, 1);
  EXPECT_DOUBLE_EQ(first[0].bytes, 128 * token_bytes + 2 * activation_bytes);
  EXPECT_DOUBLE_EQ(first[1].bytes, 400 * token_bytes + 2 * activation_bytes);
  EXPECT_DOUBLE_EQ(second[0].bytes, 50 * token_bytes + activation_bytes);
}

// Two KVP ranks take blocks of 16 tokens in turn, of each sequence. 100 tokens are blocks of 16 · 6 + 4: the first rank
// has 0, 2, 4, 6, that is 52 tokens, the second 48. 30 tokens are 16 + 14.
TEST(CacheReads, AreCutIntoBlocksSequenceBySequence) {
  const DecodeSpec spec = spec_of({{1, 2, 1}, {2, 1, 1}}, {{2}, {0, 1}, {100, 30}});
  EXPECT_DOUBLE_EQ(cores(spec, 0)[0].bytes, (52 + 16) * token_bytes + 2 * activation_bytes);
  EXPECT_DOUBLE_EQ(cores(spec, 1)[0].bytes, (48 + 14) * token_bytes + 2 * activation_bytes);
}

// Without remainders each rank has half of the cache, and the mean number of tokens.
TEST(CacheReads, AreSharesWithoutRemainders) {
  DecodeSpec spec = spec_of({{2, 1, 1}, {2, 1, 1}}, {{2, 1}, {0, 1, 2}, {100, 300, 50}});
  spec.effects.remainders = false;
  EXPECT_DOUBLE_EQ(cores(spec, 0)[0].bytes, 400 * token_bytes + 1.5 * activation_bytes);
  EXPECT_DOUBLE_EQ(cores(spec, 1)[0].bytes, 50 * token_bytes + 1.5 * activation_bytes);
}

// Two tokens of a sequence are verified together: its cache is read once, for twice the flops.
TEST(CacheReads, AreOncePerSequenceWithDrafts) {
  DecodeSpec spec = spec_of({{2, 1, 1}, {2, 1, 1}}, {{2, 1}, {0, 1, 2}, {100, 300, 50}});
  spec.model.mtp = Mtp{.modules = 1};
  spec.draft = 1;
  const auto first = cores(spec, 0);
  ASSERT_EQ(first.size(), 3U);  // and the drafter's layer
  EXPECT_DOUBLE_EQ(first[0].bytes, 400 * token_bytes + 4 * activation_bytes);
  EXPECT_DOUBLE_EQ(first[0].flops, 2 * 4.0 * 4 * 32 * 400);
}

// The first half of a group's places, the larger, and the second.
TEST(CacheReads, AreThoseOfAMicroBatch) {
  DecodeSpec spec = spec_of({{2, 1, 1}, {1, 2, 1}}, {{3, 2}, {0, 1, 2, 3, 4}, {100, 300, 50, 7, 9}}, true);
  spec.overlap.kind = Overlap::Kind::two_batch;
  std::multiset<double> tokens;
  for (const Kernel& kernel : cores(spec, 0)) tokens.insert(kernel.flops / (4.0 * 4 * 32));
  EXPECT_THAT(tokens, ElementsAre(50, 50, 400, 400));
  tokens.clear();
  for (const Kernel& kernel : cores(spec, 1)) tokens.insert(kernel.flops / (4.0 * 4 * 32));
  EXPECT_THAT(tokens, ElementsAre(7, 7, 9, 9));
}

// A sequence draws the experts of its id, wherever it is.
TEST(CacheReads, TokensKeepTheirIds) {
  const DecodeSpec spec = spec_of({{2, 1, 1}, {1, 2, 1}}, {{1, 2}, {2, 0, 1}, {5, 6, 7}}, true);
  const TokenMap map(spec, 0);
  EXPECT_THAT(map.sequences, ElementsAre(2, 0, 1));
  EXPECT_THAT(map.owner_of_token, ElementsAre(0, 1, 1));
}

}  // namespace
}  // namespace ringtail
