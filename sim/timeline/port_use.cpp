#include "timeline/port_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ringtail {
namespace {

/// The direction in which the receiver sees what leaves over `port`.
Port other_end(Port port) { return port == Port::nvlink_out ? Port::nvlink_in : Port::nic_in; }

}  // namespace

PortUse::PortUse(ChromeTrace& trace, std::vector<int> island_of_rank, const Selection& gpus)
    : trace_(trace),
      island_of_rank_(std::move(island_of_rank)),
      gpus_(gpus),
      lanes_(island_of_rank_.size()),
      rates_(island_of_rank_.size()),
      under_way_(island_of_rank_.size()) {}

Port PortUse::out_port(const TimedTransfer& transfer) const {
  const auto island = [&](int rank) { return island_of_rank_[static_cast<std::size_t>(rank)]; };
  return island(transfer.src) == island(transfer.dst) ? Port::nvlink_out : Port::nic_out;
}

void PortUse::add(const Exchange& exchange, const std::vector<TimedTransfer>& transfers, const std::string& family,
                  bool arrows) {
  const auto [at, is_new] = open_.try_emplace(exchange.collective);
  Collective& collective = at->second;
  if (is_new) {
    collective.rounds_left = exchange.rounds;
    for (const int rank : exchange.ranks) ++under_way_[static_cast<std::size_t>(rank)];
  }
  for (const TimedTransfer& transfer : transfers) {
    if (!is_shown(transfer.src) && !is_shown(transfer.dst)) continue;
    const Port out = out_port(transfer);
    use(collective, {transfer.src, out}, transfer);
    use(collective, {transfer.dst, other_end(out)}, transfer);
    collective.transfers.push_back(transfer);
  }
  if (--collective.rounds_left > 0) return;
  draw(collective, exchange, family, arrows);
  open_.erase(at);
  for (const int rank : exchange.ranks) {
    const auto r = static_cast<std::size_t>(rank);
    if (--under_way_[r] > 0) continue;
    for (std::size_t port = 0; port < port_count; ++port) rates_[r][port].write_all(trace_, rank, port_counters[port]);
  }
}

void PortUse::use(Collective& collective, PortOf port, const TimedTransfer& transfer) {
  if (!is_shown(port.rank)) return;
  const auto [at, is_new] = collective.uses.try_emplace(port, Use{transfer.posted, transfer.ended});
  Use& use = at->second;
  use.first = std::min(use.first, transfer.posted);
  use.last = std::max(use.last, transfer.ended);
  use.bytes += transfer.bytes;
  ++use.transfers;
}

TrackId PortUse::draw(const PortOf& port, const Use& use, const std::string& family, int layer) {
  const auto r = static_cast<std::size_t>(port.rank);
  const auto p = static_cast<std::size_t>(port.port);
  std::vector<Seconds>& lanes = lanes_[r][p];
  // Collectives are drawn in the order of their ends, so one that began after a track's last end fits there.
  auto lane = std::find_if(lanes.begin(), lanes.end(), [&](Seconds taken) { return taken <= use.first; });
  if (lane == lanes.end()) lane = lanes.insert(lanes.end(), 0.0);
  *lane = use.last;
  const auto number = static_cast<int>(lane - lanes.begin());
  const TrackId track{port.rank, track::first_port + static_cast<int>(p) * track::lanes_of_port + number};
  trace_.name_track(track, number == 0 ? std::string(port_names[p]) : fmt::format("{} {}", port_names[p], number + 1));
  trace_.slice(track, family, "collective", use.first, use.last,
               fmt::format(R"("layer":{},"bytes":{:.0f},"transfers":{})", layer, use.bytes, use.transfers));
  rates_[r][p].add(use.first, use.last, use.bytes);
  return track;
}

void PortUse::draw(const Collective& collective, const Exchange& exchange, const std::string& family, bool arrows) {
  std::map<PortOf, TrackId> tracks;
  for (const auto& [port, use] : collective.uses) tracks[port] = draw(port, use, family, exchange.layer);
  for (const TimedTransfer& transfer : collective.transfers) {
    const Port out = out_port(transfer);
    const auto from = tracks.find({transfer.src, out});
    const auto to = tracks.find({transfer.dst, other_end(out)});
    const TrackId shown = from != tracks.end() ? from->second : to->second;
    trace_.async(shown, fmt::format("{} {} to {}", family, transfer.src, transfer.dst), "transfer", transfer.posted,
                 transfer.ended,
                 fmt::format(R"("src":{},"dst":{},"bytes":{:.0f},"layer":{})", transfer.src, transfer.dst,
                             transfer.bytes, exchange.layer));
    if (arrows && from != tracks.end() && to != tracks.end())
      trace_.flow(family, from->second, transfer.posted, to->second, transfer.ended);
  }
}

void PortUse::finish() {
  for (std::size_t r = 0; r < rates_.size(); ++r)
    for (std::size_t port = 0; port < port_count; ++port)
      rates_[r][port].write_all(trace_, static_cast<int>(r), port_counters[port]);
}

}  // namespace ringtail
