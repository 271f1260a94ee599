#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "network/exchanges.hpp"

/// Max-min sharing straight from its definition, for comparison: no order, no levels, no clocks, routes of any length.
namespace ringtail::testing {

struct NaiveFlow {
  const Exchange* exchange = nullptr;
  int src = 0;
  int dst = 0;
  std::vector<std::uint32_t> links;
  Seconds start = 0;
  Bytes bytes = 0;
  Bytes left = 0;
  BytesPerSecond rate = 0;
  Seconds finish = -1;
};

/// Progressive filling: all rates grow together; when a link is full its flows stop growing.
inline void fill(std::vector<NaiveFlow*>& flows, const Topology& topology) {
  std::vector<double> rest = topology.capacity;
  std::vector<NaiveFlow*> growing = flows;
  while (!growing.empty()) {
    std::vector<int> users(rest.size());
    for (const NaiveFlow* flow : growing)
      for (const std::uint32_t link : flow->links) ++users[link];
    double share = std::numeric_limits<double>::infinity();
    std::size_t full = 0;
    for (std::size_t link = 0; link < rest.size(); ++link) {
      if (users[link] == 0 || rest[link] / users[link] >= share) continue;
      share = rest[link] / users[link];
      full = link;
    }
    for (NaiveFlow* flow : growing) {
      if (std::find(flow->links.begin(), flow->links.end(), full) == flow->links.end()) continue;
      flow->rate = share;
      for (const std::uint32_t link : flow->links) rest[link] -= share;
    }
    std::erase_if(growing, [&](const NaiveFlow* flow) {
      return std::find(flow->links.begin(), flow->links.end(), full) != flow->links.end();
    });
  }
}

inline std::vector<NaiveFlow> naive_flows(const std::vector<Posting>& postings, const Topology& topology) {
  std::vector<NaiveFlow> flows;
  for (const Posting& posting : postings) {
    const auto member = static_cast<std::size_t>(posting.member);
    const int src = posting.exchange->ranks[member];
    for (const Transfer& transfer : posting.exchange->row(member)) {
      const Topology::Route& route = topology.route(src, transfer.dst, posting.exchange->copier);
      const auto links = topology.links(route);
      flows.push_back({posting.exchange,
                       src,
                       transfer.dst,
                       {links.begin(), links.end()},
                       posting.t + route.latency,
                       transfer.bytes,
                       transfer.bytes});
    }
  }
  return flows;
}

/// Runs all flows from event to event and sets their finish times.
inline void run_naive(std::vector<NaiveFlow>& flows, const Topology& topology) {
  Seconds now = 0;
  std::vector<NaiveFlow*> active;
  std::vector<NaiveFlow*> waiting;
  for (NaiveFlow& flow : flows) waiting.push_back(&flow);
  std::stable_sort(waiting.begin(), waiting.end(), [](const auto* a, const auto* b) { return a->start > b->start; });
  while (!active.empty() || !waiting.empty()) {
    fill(active, topology);
    Seconds next = waiting.empty() ? std::numeric_limits<double>::infinity() : waiting.back()->start;
    for (const NaiveFlow* flow : active) next = std::min(next, now + flow->left / flow->rate);
    for (NaiveFlow* flow : active) flow->left -= flow->rate * (next - now);
    now = next;
    for (NaiveFlow* flow : active)
      if (flow->left <= 1e-12 * flow->bytes + flow->rate * 1e-15 * now) flow->finish = now;  // What rounding leaves.
    std::erase_if(active, [](const NaiveFlow* flow) { return flow->finish >= 0; });
    for (; !waiting.empty() && waiting.back()->start <= now; waiting.pop_back()) active.push_back(waiting.back());
  }
}

inline Finishes run_naive(const std::vector<Posting>& postings, const Topology& topology) {
  std::vector<NaiveFlow> flows = naive_flows(postings, topology);
  run_naive(flows, topology);
  Finishes finishes;
  for (const NaiveFlow& flow : flows) {
    Seconds& sent = finishes.sent[{flow.exchange->id, flow.src}];
    Seconds& received = finishes.received[{flow.exchange->id, flow.dst}];
    sent = std::max(sent, flow.finish);
    received = std::max(received, flow.finish);
  }
  return finishes;
}

}  // namespace ringtail::testing
