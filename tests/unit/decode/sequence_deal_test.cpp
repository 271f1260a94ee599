#include "decode/sequence_deal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "decode/length_law.hpp"

namespace ringtail {
namespace {

using testing::ElementsAre;

const RandomStream stream(1, 0, assignment_stream);

std::vector<std::int64_t> loads(const SequenceDeal& deal) {
  std::vector<std::int64_t> sums;
  auto context = deal.contexts.begin();
  for (const int sequences : deal.of_group) {
    sums.push_back(std::accumulate(context, context + sequences, std::int64_t{0}));
    context += sequences;
  }
  return sums;
}

std::vector<int> lognormal_lengths(int count, int replication) {
  const ContextLengths lengths{.kind = ContextLengths::Kind::lognormal,
                               .lognormal = {.median = 4000, .mean = {}, .sigma = 1, .max = {}}};
  return draw_lengths(LengthLaw(lengths), RandomStream(1, replication, length_stream), count);
}

TEST(SequenceDeal, RoundRobinGivesAllAsMany) {
  const SequenceDeal deal = deal_sequences(Assignment::round_robin, std::vector{9, 8, 7, 6, 5}, 2, stream);
  EXPECT_THAT(deal.of_group, ElementsAre(3, 2));
  EXPECT_THAT(deal.ids, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(deal.contexts, ElementsAre(9, 8, 7, 6, 5));
}

// By hand: 9 to the first, 8 to the second (0 < 9), 7 to the second no more: loads 9, 8, so it takes 7 to 15; then 6 to
// the first (9 < 15), 5 to the first or second: 15 = 15, so the first.
TEST(SequenceDeal, LeastLoadedTakesTheEmptiestGroup) {
  const SequenceDeal deal = deal_sequences(Assignment::least_loaded, std::vector{9, 8, 7, 6, 5}, 2, stream);
  EXPECT_THAT(deal.of_group, ElementsAre(3, 2));
  EXPECT_THAT(deal.ids, ElementsAre(0, 3, 4, 1, 2));
  EXPECT_THAT(deal.contexts, ElementsAre(9, 6, 5, 8, 7));
}

TEST(SequenceDeal, KeepsEverySequence) {
  const std::vector<int> lengths = lognormal_lengths(1000, 0);
  for (const Assignment assignment : {Assignment::round_robin, Assignment::random, Assignment::least_loaded}) {
    const SequenceDeal deal = deal_sequences(assignment, lengths, 7, stream);
    EXPECT_EQ(deal.of_group.size(), 7U);
    EXPECT_EQ(std::accumulate(deal.of_group.begin(), deal.of_group.end(), 0), 1000);
    std::vector<std::uint32_t> ids = deal.ids;
    std::sort(ids.begin(), ids.end());
    std::vector<std::uint32_t> all(1000);
    std::iota(all.begin(), all.end(), 0U);
    EXPECT_EQ(ids, all);
    for (std::size_t place = 0; place < ids.size(); ++place) EXPECT_EQ(deal.contexts[place], lengths[deal.ids[place]]);
  }
}

// A multinomial's counts: chi-square with 7 degrees of freedom is above 24.3 in 1 of 1000.
TEST(SequenceDeal, RandomGivesEachGroupTheSameChance) {
  const SequenceDeal deal = deal_sequences(Assignment::random, std::vector<int>(80000, 1), 8, stream);
  double chi_square = 0;
  for (const int count : deal.of_group) chi_square += std::pow(count - 10000, 2) / 10000.0;
  EXPECT_LT(chi_square, 24.3);
  EXPECT_GT(chi_square, 0.5);  // and not dealt evenly: below in 1 of 1000
}

// Graham's bound: list scheduling on m machines is at most the mean + (1 - 1/m) · the longest job. Round-robin has no
// such bound; its fullest group is fuller on average.
TEST(SequenceDeal, LeastLoadedIsWithinGrahamsBoundAndBelowRoundRobin) {
  double round_robin = 0, least_loaded = 0, random = 0;
  constexpr int groups = 16;
  for (int replication = 0; replication < 20; ++replication) {
    const std::vector<int> lengths = lognormal_lengths(groups * 32, replication);
    const double mean = std::accumulate(lengths.begin(), lengths.end(), 0.0) / groups;
    const auto fullest = [&](Assignment assignment) {
      const auto sums =
          loads(deal_sequences(assignment, lengths, groups, RandomStream(1, replication, assignment_stream)));
      const auto most = static_cast<double>(*std::max_element(sums.begin(), sums.end()));
      EXPECT_GE(most, mean);
      return most / mean;
    };
    const double of_least = fullest(Assignment::least_loaded);
    EXPECT_LE(of_least, 1 + (1 - 1.0 / groups) * *std::max_element(lengths.begin(), lengths.end()) / mean);
    least_loaded += of_least / 20;
    round_robin += fullest(Assignment::round_robin) / 20;
    random += fullest(Assignment::random) / 20;
  }
  EXPECT_LT(least_loaded, round_robin);
  EXPECT_LT(round_robin, random);  // which has numbers of sequences that differ as well
}

TEST(SequenceDeal, IsNotNeededWhereAllSequencesAreAlike) {
  Decode decode;
  EXPECT_FALSE(deal_of(decode, 10, 2, 1, 0));
  decode.assignment = Assignment::random;
  EXPECT_TRUE(deal_of(decode, 10, 2, 1, 0));
  decode.assignment = Assignment::round_robin;
  decode.context = {.kind = ContextLengths::Kind::uniform, .uniform = {5, 5}};
  EXPECT_TRUE(deal_of(decode, 10, 2, 1, 0));
}

// Common random numbers: a sequence has its length whatever the groups and the assignment.
TEST(SequenceDeal, LengthsDoNotDependOnTheLayout) {
  Decode decode;
  decode.context = {.kind = ContextLengths::Kind::uniform, .uniform = {1, 1000}};
  const auto by_id = [&](int groups, Assignment assignment) {
    decode.assignment = assignment;
    const auto deal = deal_of(decode, 64, groups, 1, 3);
    std::vector<int> lengths(64);
    for (std::size_t place = 0; place < 64; ++place) lengths[deal->ids[place]] = deal->contexts[place];
    return lengths;
  };
  EXPECT_EQ(by_id(4, Assignment::round_robin), by_id(16, Assignment::round_robin));
  EXPECT_EQ(by_id(4, Assignment::round_robin), by_id(8, Assignment::least_loaded));
}

}  // namespace
}  // namespace ringtail
