#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "network/flow_network.hpp"
#include "network/fluid_network.hpp"
#include "network/topology.hpp"
#include "program/exchange.hpp"

/// Networks and exchanges for tests.
namespace ringtail::testing {

/// Islands of `island` ranks on switches of their own, and one switch between islands. Link of rank r: 4r and 4r + 1
/// island out and in, 4r + 2 and 4r + 3 fabric out and in.
struct TwoTiers {
  int ranks = 0;
  int island = 1;
  BytesPerSecond island_bandwidth = 0;
  BytesPerSecond fabric_bandwidth = 0;
  Seconds island_latency = 0;
  Seconds fabric_latency = 0;
};

inline Topology topology(const TwoTiers& two) {
  Topology topology;
  topology.ranks = two.ranks;
  for (int r = 0; r < two.ranks; ++r)
    for (const double bandwidth : {two.island_bandwidth, two.fabric_bandwidth})
      topology.capacity.insert(topology.capacity.end(), 2, bandwidth);
  for (int src = 0; src < two.ranks; ++src) {
    for (int dst = 0; dst < two.ranks; ++dst) {
      const bool inside = src / two.island == dst / two.island;
      topology.routes.push_back({static_cast<std::uint32_t>(topology.route_links.size()), 2,
                                 inside ? two.island_latency : two.fabric_latency});
      topology.route_links.push_back(static_cast<std::uint32_t>(4 * src + (inside ? 0 : 2)));
      topology.route_links.push_back(static_cast<std::uint32_t>(4 * dst + (inside ? 1 : 3)));
    }
  }
  return topology;
}

/// All ranks on one switch.
inline Topology one_switch(int ranks, BytesPerSecond bandwidth, Seconds latency) {
  return topology({ranks, ranks, bandwidth, bandwidth, latency, latency});
}

/// The exchange of all ranks in which src sends bytes[src][dst] to dst, nothing where that is 0.
inline Exchange make_exchange(const std::vector<std::vector<Bytes>>& bytes, std::uint64_t id = 0) {
  Exchange exchange;
  exchange.id = id;
  const auto n = bytes.size();
  exchange.incoming.resize(n);
  for (std::size_t src = 0; src < n; ++src) {
    exchange.ranks.push_back(static_cast<int>(src));
    exchange.first.push_back(static_cast<std::uint32_t>(exchange.transfers.size()));
    for (std::size_t dst = 0; dst < n; ++dst) {
      if (dst == src || bytes[src][dst] == 0) continue;
      exchange.transfers.push_back({static_cast<int>(dst), bytes[src][dst]});
      ++exchange.incoming[dst];
    }
  }
  exchange.first.push_back(static_cast<std::uint32_t>(exchange.transfers.size()));
  return exchange;
}

/// Row `member` of an exchange is posted at time `t`.
struct Posting {
  Seconds t = 0;
  const Exchange* exchange = nullptr;
  int member = 0;
};

/// When each rank has sent and received all, by exchange id and rank.
struct Finishes {
  std::map<std::pair<std::uint64_t, int>, Seconds> sent;
  std::map<std::pair<std::uint64_t, int>, Seconds> received;
  std::map<std::pair<std::uint64_t, int>, int> last_src;

  void add(const Completion& c) {
    const std::pair key{c.exchange->id, c.rank};
    (c.kind == Completion::Kind::sent ? sent : received)[key] = c.t;
    if (c.kind == Completion::Kind::received) last_src[key] = c.last_src;
  }
};

/// Runs a network through postings in ascending order of time; an exchange is opened with its first posting.
inline Finishes run(FluidNetwork& network, const std::vector<Posting>& postings) {
  std::vector<Completion> completions;
  std::set<const Exchange*> opened;
  for (const Posting& posting : postings) {
    while (network.next_event() < posting.t) network.advance(completions);
    if (opened.insert(posting.exchange).second) network.open(*posting.exchange);
    network.post(*posting.exchange, posting.member, posting.t);
  }
  while (std::isfinite(network.next_event())) network.advance(completions);
  Finishes finishes;
  for (const Completion& completion : completions) finishes.add(completion);
  return finishes;
}

/// Bytes that each rank sends and receives.
struct PortLoads {
  std::vector<Bytes> out;
  std::vector<Bytes> in;
};

inline PortLoads loads_of(const Exchange& exchange, int ranks) {
  PortLoads loads{std::vector<Bytes>(static_cast<std::size_t>(ranks)),
                  std::vector<Bytes>(static_cast<std::size_t>(ranks))};
  for (std::size_t m = 0; m < exchange.ranks.size(); ++m) {
    for (const Transfer& transfer : exchange.row(m)) {
      loads.out[static_cast<std::size_t>(exchange.ranks[m])] += transfer.bytes;
      loads.in[static_cast<std::size_t>(transfer.dst)] += transfer.bytes;
    }
  }
  return loads;
}

/// Each row of each exchange posted at a time of its own: start + [0, stagger), in ascending order.
inline std::vector<Posting> postings(const std::vector<Exchange>& exchanges, Seconds start_gap, Seconds stagger,
                                     std::mt19937_64& random) {
  std::uniform_real_distribution<double> delay(0.0, 1.0);
  std::vector<Posting> postings;
  for (std::size_t x = 0; x < exchanges.size(); ++x)
    for (std::size_t member = 0; member < exchanges[x].ranks.size(); ++member)
      postings.push_back(
          {static_cast<double>(x) * start_gap + stagger * delay(random), &exchanges[x], static_cast<int>(member)});
  std::stable_sort(postings.begin(), postings.end(), [](const Posting& a, const Posting& b) { return a.t < b.t; });
  return postings;
}

}  // namespace ringtail::testing
