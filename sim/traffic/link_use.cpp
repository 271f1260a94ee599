#include "traffic/link_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "fabric/wiring.hpp"

namespace ringtail {
namespace {

using Interval = std::pair<Seconds, Seconds>;

/// Length of the union of intervals.
Seconds covered(std::vector<Interval>& intervals) {
  std::sort(intervals.begin(), intervals.end());
  Seconds sum = 0;
  Seconds until = 0;
  for (const auto& [from, to] : intervals) {
    sum += std::max(0.0, to - std::max(from, until));
    until = std::max(until, to);
  }
  return sum;
}

}  // namespace

TrafficSummary summarise(const std::vector<TimedTransfer>& transfers, const std::vector<Seconds>& finish,
                         const Platform& platform, int gpus) {
  const Wiring wiring(platform, gpus);
  TrafficSummary summary;
  summary.gpus = gpus;
  summary.transfers = transfers.size();
  if (transfers.empty()) return summary;
  std::vector<Bytes> bytes(wiring.links().size());
  std::vector<std::vector<Interval>> intervals(wiring.links().size());
  std::vector<LinkId> route;
  Seconds first = transfers.front().start;
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    const TimedTransfer& transfer = transfers[i];
    route.clear();
    const Seconds latency = wiring.route(transfer.src, transfer.dst, route);
    for (const LinkId link : route) {
      bytes[link] += transfer.bytes;
      intervals[link].emplace_back(transfer.start + latency, finish[i]);
    }
    summary.bytes += transfer.bytes;
    first = std::min(first, transfer.start);
  }
  summary.makespan = *std::max_element(finish.begin(), finish.end()) - first;
  for (std::size_t link = 0; link < bytes.size(); ++link) {
    if (bytes[link] == 0) continue;
    const auto& [name, bandwidth] = wiring.links()[link];
    summary.links.push_back(
        {name, bytes[link], covered(intervals[link]), bytes[link] / (bandwidth * summary.makespan)});
  }
  std::stable_sort(summary.links.begin(), summary.links.end(), [](const LinkUse& a, const LinkUse& b) {
    return std::tie(b.load, a.name) < std::tie(a.load, b.name);
  });
  return summary;
}

std::string to_text(const TrafficSummary& summary) {
  std::string text = fmt::format("gpus        {}\ntransfers   {}\nbytes       {:.6g}\nmakespan_s  {:.9g}\n\n",
                                 summary.gpus, summary.transfers, summary.bytes, summary.makespan);
  text += fmt::format("{:<28} {:>14} {:>14} {:>8}\n", "link", "bytes", "busy_s", "load");
  for (const LinkUse& link : summary.links)
    text += fmt::format("{:<28} {:>14.6g} {:>14.6g} {:>6.1f} %\n", link.name, link.bytes, link.busy, 100 * link.load);
  return text;
}

}  // namespace ringtail
