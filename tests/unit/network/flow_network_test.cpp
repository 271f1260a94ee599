#include "network/flow_network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "network/exchanges.hpp"

namespace ringtail::testing {
namespace {

constexpr BytesPerSecond B = 50e9;
constexpr Seconds L = 3e-6;
constexpr Bytes S = 1e6;

/// Rounding of a few operations.
void expect_time(Seconds t, Seconds expected) { EXPECT_NEAR(t, expected, 1e-14 * expected); }

using Matrix = std::vector<std::vector<Bytes>>;

Matrix no_bytes(std::size_t ranks) { return Matrix(ranks, std::vector<Bytes>(ranks)); }

/// Posts all rows that have transfers at time `t`.
std::vector<Posting> all_at(Seconds t, const Exchange& exchange) {
  std::vector<Posting> postings;
  for (std::size_t m = 0; m < exchange.ranks.size(); ++m)
    if (!exchange.row(m).empty()) postings.push_back({t, &exchange, static_cast<int>(m)});
  return postings;
}

Finishes run_at_once(const Topology& topology, const Matrix& bytes) {
  const Exchange exchange = make_exchange(bytes);
  FlowNetwork network(topology);
  return run(network, all_at(0, exchange));
}

TEST(FlowNetwork, OneFlowTakesLatencyAndSizeOverBandwidth) {
  Matrix bytes = no_bytes(2);
  bytes[0][1] = S;
  const Finishes f = run_at_once(one_switch(2, B, L), bytes);
  ASSERT_EQ(f.sent.size(), 1U);  // Rank 1 sends nothing and rank 0 receives nothing: nobody tells.
  ASSERT_EQ(f.received.size(), 1U);
  expect_time(f.sent.at({0, 0}), L + S / B);
  expect_time(f.received.at({0, 1}), L + S / B);
  EXPECT_EQ(f.last_src.at({0, 1}), 0);
}

TEST(FlowNetwork, FlowsFromOnePortShareIt) {
  // Sizes S and 2S: at half the bandwidth each, the first ends after 2 S/B; S remain of the second, alone: 3 S/B.
  Matrix bytes = no_bytes(3);
  bytes[0][1] = S;
  bytes[0][2] = 2 * S;
  const Finishes f = run_at_once(one_switch(3, B, L), bytes);
  expect_time(f.received.at({0, 1}), L + 2 * S / B);
  expect_time(f.received.at({0, 2}), L + 3 * S / B);
  expect_time(f.sent.at({0, 0}), L + 3 * S / B);
}

TEST(FlowNetwork, AFlowThatStartsHalfwayTakesHalfTheRestOfTheFirst) {
  // Alone until S/2 is left at 0.5 S/B; then B/2 each: the first ends at 1.5 S/B. The second has moved S/2 by then and
  // the rest goes at B: 2 S/B.
  Matrix bytes = no_bytes(4);
  bytes[0][3] = S;
  bytes[1][3] = S;
  const Exchange exchange = make_exchange(bytes);
  FlowNetwork network(one_switch(4, B, L));
  const Finishes f = run(network, {{0, &exchange, 0}, {0.5 * S / B, &exchange, 1}});
  expect_time(f.sent.at({0, 0}), L + 1.5 * S / B);
  expect_time(f.sent.at({0, 1}), L + 2 * S / B);
  expect_time(f.received.at({0, 3}), L + 2 * S / B);
  EXPECT_EQ(f.last_src.at({0, 3}), 1);
}

TEST(FlowNetwork, EachTransferPaysItsOwnLatency) {
  // From rank 0 S to 1 after L and S to 2 after 2L, S/B > L. The first is alone for L, then has S - BL left at B/2 and
  // ends at 2L + 2 (S/B - L) = 2 S/B. The second has BL left then: 2 S/B + L.
  Topology network = one_switch(3, B, L);
  network.routes[2].latency = 2 * L;
  Matrix bytes = no_bytes(3);
  bytes[0][1] = S;
  bytes[0][2] = S;
  const Finishes f = run_at_once(network, bytes);
  expect_time(f.received.at({0, 1}), 2 * S / B);
  expect_time(f.received.at({0, 2}), 2 * S / B + L);
}

TEST(FlowNetwork, IncastIsBoundByTheReceiversPort) {
  Matrix bytes = no_bytes(8);
  for (std::size_t src = 1; src < 8; ++src) bytes[src][0] = S;
  const Finishes f = run_at_once(one_switch(8, B, L), bytes);
  expect_time(f.received.at({0, 0}), L + 7 * S / B);
  for (int src = 1; src < 8; ++src) expect_time(f.sent.at({0, src}), L + 7 * S / B);
  EXPECT_EQ(f.last_src.at({0, 0}), 1);  // All seven end together: the lowest rank is named.
}

TEST(FlowNetwork, APermutationDoesNotContend) {
  Matrix bytes = no_bytes(8);
  for (std::size_t src = 0; src < 8; ++src) bytes[src][(src + 3) % 8] = S;
  const Finishes f = run_at_once(one_switch(8, B, L), bytes);
  for (int r = 0; r < 8; ++r) expect_time(f.received.at({0, r}), L + S / B);
}

TEST(FlowNetwork, PortsAreFullDuplex) {
  Matrix bytes = no_bytes(2);
  bytes[0][1] = S;
  bytes[1][0] = S;
  const Finishes f = run_at_once(one_switch(2, B, L), bytes);
  expect_time(f.received.at({0, 0}), L + S / B);
  expect_time(f.received.at({0, 1}), L + S / B);
}

TEST(FlowNetwork, UniformAllToAllKeepsEveryPortBusy) {
  // Each port carries N - 1 messages of S bytes, always N - 1 at B / (N - 1).
  for (const std::size_t n : {2U, 8U, 64U}) {
    Matrix bytes(n, std::vector<Bytes>(n, S));
    const Finishes f = run_at_once(one_switch(static_cast<int>(n), B, L), bytes);
    ASSERT_EQ(f.received.size(), n);
    for (const auto& [key, t] : f.received) EXPECT_NEAR(t, L + static_cast<double>(n - 1) * S / B, 1e-12 * t);
    for (const auto& [key, t] : f.sent) EXPECT_NEAR(t, L + static_cast<double>(n - 1) * S / B, 1e-12 * t);
  }
}

TEST(FlowNetwork, IslandAndFabricPortsAreIndependent) {
  // Rank 0 sends to its neighbour at 9B and to the other island at B, each with that tier's latency, as if alone.
  Matrix bytes = no_bytes(4);
  bytes[0][1] = S;
  bytes[0][2] = S;
  const Finishes f = run_at_once(topology({4, 2, 9 * B, B, 0.5 * L, L}), bytes);
  expect_time(f.received.at({0, 1}), 0.5 * L + S / (9 * B));
  expect_time(f.received.at({0, 2}), L + S / B);
  expect_time(f.sent.at({0, 0}), L + S / B);
}

TEST(FlowNetwork, BandwidthThatALimitedFlowLeavesIsUsed) {
  // Rank 0 sends S to each of 1, 2, 3: B/3 each. Rank 4 sends 2S to 3 over what is left of its ingress, 2B/3: all four
  // end after 3 S/B.
  Matrix bytes = no_bytes(5);
  for (std::size_t dst = 1; dst < 4; ++dst) bytes[0][dst] = S;
  bytes[4][3] = 2 * S;
  const Finishes f = run_at_once(one_switch(5, B, L), bytes);
  expect_time(f.sent.at({0, 0}), L + 3 * S / B);
  expect_time(f.sent.at({0, 4}), L + 3 * S / B);
  expect_time(f.received.at({0, 3}), L + 3 * S / B);
  EXPECT_EQ(f.last_src.at({0, 3}), 0);
}

TEST(FlowNetwork, ExchangesBetweenTheSameRanksShareThePort) {
  // All 0 -> 1. 3S from time 0, 2S and S/2 from 1 S/B. Then 2S, 2S and S/2 are left at B/3 each: S/2 ends after 1.5 S/B
  // more, at 2.5 S/B; 1.5 S are left of both others at B/2: both end at 5.5 S/B.
  std::vector<Exchange> exchanges;
  for (const double size : {3.0, 2.0, 0.5}) {
    Matrix bytes = no_bytes(2);
    bytes[0][1] = size * S;
    exchanges.push_back(make_exchange(bytes, exchanges.size()));
  }
  FlowNetwork network(one_switch(2, B, L));
  const Finishes f = run(network, {{0, &exchanges[0], 0}, {S / B, &exchanges[1], 0}, {S / B, &exchanges[2], 0}});
  expect_time(f.received.at({2, 1}), L + 2.5 * S / B);
  expect_time(f.received.at({0, 1}), L + 5.5 * S / B);
  expect_time(f.received.at({1, 1}), L + 5.5 * S / B);
}

TEST(FlowNetwork, QueuesFlowsBetweenTheSameRanksInOrderOfTheirEnds) {
  // Sizes 4, 2, 1, 3 (in S), together from time 0: the k-th smallest ends when each has moved its size, the smaller
  // ones are through and the larger ones have moved as much: 4, 4+3 = 7, 9, 10.
  const std::array sizes{4.0, 2.0, 1.0, 3.0};
  const std::array ends{10.0, 7.0, 4.0, 9.0};
  std::vector<Exchange> exchanges;
  for (const double size : sizes) {
    Matrix bytes = no_bytes(2);
    bytes[0][1] = size * S;
    exchanges.push_back(make_exchange(bytes, exchanges.size()));
  }
  std::vector<Posting> postings;
  for (const Exchange& x : exchanges) postings.push_back({0, &x, 0});
  FlowNetwork network(one_switch(2, B, L));
  const Finishes f = run(network, postings);
  for (std::size_t x = 0; x < sizes.size(); ++x) expect_time(f.received.at({x, 1}), L + ends[x] * S / B);
}

TEST(FlowNetwork, APortIsAlwaysBusyWhileItHasFlows) {
  // Conservation: a receiving port that never idles with work and never exceeds B has passed all work that has come by
  // time t at min over arrivals a <= t: the last finish is the greatest of (start of flow k + bytes of flows k.. / B).
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> size(0.1 * S, 2 * S);
  std::uniform_real_distribution<double> gap(0, 2.4 * S / B);
  const std::size_t n = 40;
  Matrix bytes = no_bytes(n);
  for (std::size_t src = 1; src < n; ++src) bytes[src][0] = size(random);
  const Exchange exchange = make_exchange(bytes);
  std::vector<Posting> postings;
  Seconds t = 0;
  for (std::size_t src = 1; src < n; ++src) postings.push_back({t += gap(random), &exchange, static_cast<int>(src)});
  Seconds expected = 0;
  for (std::size_t k = 0; k < postings.size(); ++k) {
    Bytes rest = 0;
    for (std::size_t j = k; j < postings.size(); ++j) rest += bytes[static_cast<std::size_t>(postings[j].member)][0];
    expected = std::max(expected, postings[k].t + L + rest / B);
  }
  FlowNetwork network(one_switch(static_cast<int>(n), B, L));
  EXPECT_NEAR(run(network, postings).received.at({0, 0}), expected, 1e-12 * expected);
}

TEST(FlowNetwork, CompletionsComeInOrderOfTimeAndNothingStays) {
  std::mt19937_64 random(6);
  std::uniform_real_distribution<double> size(0.1 * S, 2 * S);
  std::vector<Exchange> exchanges;
  for (std::uint64_t x = 0; x < 5; ++x) {
    Matrix bytes = no_bytes(8);
    for (auto& row : bytes)
      for (Bytes& b : row) b = size(random);
    exchanges.push_back(make_exchange(bytes, x));
  }
  FlowNetwork network(topology({8, 4, 9 * B, B, L, 2 * L}));
  for (const Exchange& exchange : exchanges) {
    network.open(exchange);
    for (int member = 0; member < 8; ++member) network.post(exchange, member, 0);
  }
  EXPECT_EQ(network.open_exchanges(), 5U);
  std::vector<Completion> completions;
  while (std::isfinite(network.next_event())) {
    const Seconds next = network.next_event();
    const std::size_t before = completions.size();
    network.advance(completions);
    for (std::size_t c = before; c < completions.size(); ++c) EXPECT_EQ(completions[c].t, next);
    EXPECT_GE(network.next_event(), next);
  }
  EXPECT_EQ(completions.size(), 5U * 8 * 2);
  EXPECT_EQ(network.open_exchanges(), 0U);
}

TEST(FlowNetwork, ATimeJustBeforeNowCountsAsNow) {
  // A clock that is summed up from intervals may miss an event by an ulp. 0 -> 1 ends at L + S/B, and then 1 -> 2
  // starts.
  Matrix bytes = no_bytes(3);
  bytes[0][1] = S;
  bytes[1][2] = S;
  const Exchange exchange = make_exchange(bytes);
  FlowNetwork network(one_switch(3, B, 0));
  network.open(exchange);
  network.post(exchange, 0, 0);
  std::vector<Completion> completions;
  while (completions.empty()) network.advance(completions);
  const Seconds now = completions.back().t;
  network.post(exchange, 1, std::nextafter(now, 0.0));
  EXPECT_GE(network.next_event(), now);
  while (std::isfinite(network.next_event())) network.advance(completions);
  expect_time(completions.back().t, 2 * S / B);
}

TEST(FlowNetwork, AfterALongTimeAllIsAsExactAsTheClock) {
  // Every port has been busy for 1000 s, and then comes a collective of 300 us. Doubles near 1000 lie 1.1e-13 apart.
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> size(0.1 * S, S);
  Matrix bytes = no_bytes(16);
  Matrix ring = no_bytes(16);
  for (std::size_t src = 0; src < 16; ++src) {
    ring[src][(src + 1) % 16] = 1000 * B;
    for (Bytes& b : bytes[src]) b = size(random);
  }
  const Exchange first = make_exchange(ring, 0);
  const Exchange exchange = make_exchange(bytes, 1);
  FlowNetwork late(one_switch(16, B, L));
  FlowNetwork early(one_switch(16, B, L));
  run(late, all_at(0, first));
  const Finishes reference = run(early, all_at(0, exchange));
  for (const auto& [key, t] : run(late, all_at(1001, exchange)).received)
    EXPECT_NEAR(t - 1001, reference.received.at(key), 3e-13);
}

TEST(FlowNetwork, RefusesRoutesThatAreNotEgressAndIngress) {
  Topology three = one_switch(3, B, L);
  three.route_links.push_back(0);
  three.routes.back().first = static_cast<std::uint32_t>(three.route_links.size() - 3);
  three.routes[1].length = 3;
  EXPECT_THROW(FlowNetwork{three}, std::invalid_argument);
  Topology mixed = one_switch(3, B, L);
  std::swap(mixed.route_links[2], mixed.route_links[3]);  // 0 -> 1 the wrong way round.
  EXPECT_THROW(FlowNetwork{mixed}, std::invalid_argument);
}

}  // namespace
}  // namespace ringtail::testing
