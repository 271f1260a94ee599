#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "network/exchanges.hpp"

/// Coupled sharing straight from its definition, for comparison: levels by bisection, all anew at every event.
namespace ringtail::testing {

struct NaiveRow {
  const Exchange* exchange = nullptr;
  int src = 0;
  Seconds start = 0;
  std::vector<int> dsts;
  std::map<std::uint32_t, Bytes> bytes;  ///< By link.
  double left = 1;
  double rate = 0;
  Seconds finish = -1;
};

inline std::vector<NaiveRow> naive_rows(const std::vector<Posting>& postings, const Topology& topology) {
  std::vector<NaiveRow> rows;
  for (const Posting& p : postings) {
    const auto member = static_cast<std::size_t>(p.member);
    std::map<Seconds, NaiveRow> by_latency;
    for (const Transfer& transfer : p.exchange->row(member)) {
      const Topology::Route& route = topology.route(p.exchange->ranks[member], transfer.dst, p.exchange->copier);
      NaiveRow& row = by_latency[route.latency];
      row.dsts.push_back(transfer.dst);
      for (const std::uint32_t link : topology.links(route)) row.bytes[link] += transfer.bytes;
    }
    for (auto& [latency, row] : by_latency) {
      row.exchange = p.exchange;
      row.src = p.exchange->ranks[member];
      row.start = p.t + latency;
      rows.push_back(row);
    }
  }
  return rows;
}

/// Rates for given levels.
inline void set_rates(const std::vector<NaiveRow*>& rows, const std::vector<double>& level) {
  for (NaiveRow* row : rows) {
    row->rate = std::numeric_limits<double>::infinity();
    for (const auto& [link, bytes] : row->bytes) row->rate = std::min(row->rate, level[link] / bytes);
  }
}

inline double use(const std::vector<NaiveRow*>& rows, std::uint32_t link) {
  double sum = 0;
  for (const NaiveRow* row : rows)
    if (const auto at = row->bytes.find(link); at != row->bytes.end()) sum += row->rate * at->second;
  return sum;
}

/// Each link in turn takes the highest level, up to its capacity, that does not overload it, or rather goes half of the
/// way there; until nothing moves. A level of the whole capacity limits nothing that the capacity does not.
inline void share(const std::vector<NaiveRow*>& rows, const Topology& topology) {
  std::vector<double> level = topology.capacity;
  for (double moved = 1; moved > 1e-13;) {
    moved = 0;
    for (std::uint32_t link = 0; link < level.size(); ++link) {
      const double before = level[link];
      double low = 0;
      double high = level[link] = topology.capacity[link];
      set_rates(rows, level);
      if (use(rows, link) <= high) low = high;
      while (high - low > 1e-15 * high) {
        level[link] = (low + high) / 2;
        if (level[link] == low || level[link] == high) break;
        set_rates(rows, level);
        (use(rows, link) > topology.capacity[link] ? high : low) = level[link];
      }
      level[link] = (before + low) / 2;
      moved = std::max(moved, std::abs(level[link] - before) / topology.capacity[link]);
    }
  }
  set_rates(rows, level);
}

inline Finishes run_naive_rows(const std::vector<Posting>& postings, const Topology& topology) {
  std::vector<NaiveRow> rows = naive_rows(postings, topology);
  std::vector<NaiveRow*> active;
  std::vector<NaiveRow*> waiting;
  for (NaiveRow& row : rows) waiting.push_back(&row);
  std::stable_sort(waiting.begin(), waiting.end(), [](const auto* a, const auto* b) { return a->start > b->start; });
  Seconds now = 0;
  while (!active.empty() || !waiting.empty()) {
    share(active, topology);
    Seconds next = waiting.empty() ? std::numeric_limits<double>::infinity() : waiting.back()->start;
    for (const NaiveRow* row : active) next = std::min(next, now + row->left / row->rate);
    for (NaiveRow* row : active) row->left -= row->rate * (next - now);
    now = next;
    for (NaiveRow* row : active)
      if (row->left <= 1e-10) row->finish = now;
    std::erase_if(active, [](const NaiveRow* row) { return row->finish >= 0; });
    for (; !waiting.empty() && waiting.back()->start <= now; waiting.pop_back()) active.push_back(waiting.back());
  }
  Finishes finishes;
  for (const NaiveRow& row : rows) {
    Seconds& sent = finishes.sent[{row.exchange->id, row.src}];
    sent = std::max(sent, row.finish);
    for (const int dst : row.dsts) {
      Seconds& received = finishes.received[{row.exchange->id, dst}];
      received = std::max(received, row.finish);
    }
  }
  return finishes;
}

}  // namespace ringtail::testing
