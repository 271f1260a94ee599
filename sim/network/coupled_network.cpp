#include "network/coupled_network.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "network/redundant_links.hpp"

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Part of a row that counts as nothing: rounding errors of what is left are smaller.
constexpr double nothing = 1e-12;

/// How much more exact than the times that come of them rates must be: where many links are almost equally loaded, an
/// error of rates shows a few tens of times larger in times (docs/decisions/0008-coupled-sharing.md).
constexpr double rates_to_times = 200;

}  // namespace

CoupledNetwork::CoupledNetwork(Topology topology, double tolerance)
    : topology_(without_redundant_links(std::move(topology))),
      levels_(topology_.capacity.size()),
      level_tolerance_(tolerance / rates_to_times),
      bytes_on_(topology_.capacity.size()),
      until_end_(infinity),
      next_(infinity) {}

void CoupledNetwork::post(const Exchange& exchange, int member, Seconds t) {
  const int src = exchange.ranks[static_cast<std::size_t>(member)];
  const auto row = exchange.row(static_cast<std::size_t>(member));
  std::vector<Transfer> transfers(row.begin(), row.end());
  std::stable_sort(transfers.begin(), transfers.end(),
                   [&](const Transfer& a, const Transfer& b) { return latency(src, a) < latency(src, b); });
  for (auto first = transfers.begin(); first != transfers.end();) {
    const Seconds wait = latency(src, *first);
    const auto last = std::find_if(first, transfers.end(), [&](const Transfer& x) { return latency(src, x) != wait; });
    starts_.push({std::max(origin_ + now_, t + wait), posts_++, {exchange.id, src, exchange.copier, {first, last}, 1}});
    first = last;
  }
  if (!starts_.empty()) next_ = std::min(next_, starts_.top().t);
}

void CoupledNetwork::advance(std::vector<Completion>& completions) {
  const bool is_start = !starts_.empty() && starts_.top().t <= next_;
  const Seconds t = next_;
  move(is_start ? std::min(until_end_, t - origin_ - now_) : until_end_);
  now_ = t - origin_;
  for (const RowLevels::Id id : under_way_)
    if (rows_[id].left <= nothing) end(id, t, completions);
  std::erase_if(under_way_, [&](RowLevels::Id id) { return rows_[id].transfers.empty(); });
  if (under_way_.empty()) {
    origin_ = t;
    now_ = 0;
  }
  for (; !starts_.empty() && starts_.top().t <= t; starts_.pop()) start(starts_.top().row);
  find_next();
}

void CoupledNetwork::move(Seconds duration) {
  if (duration <= 0) return;
  for (const RowLevels::Id id : under_way_) rows_[id].left -= levels_.rate(id) * duration;
}

void CoupledNetwork::end(RowLevels::Id id, Seconds t, std::vector<Completion>& completions) {
  Row& row = rows_[id];
  progress_.finished(
      {Finished::Kind::sent, row.exchange, row.src, static_cast<std::uint32_t>(row.transfers.size()), -1}, t,
      completions);
  for (const Transfer& transfer : row.transfers)
    progress_.finished({Finished::Kind::received, row.exchange, transfer.dst, 1, row.src}, t, completions);
  row.transfers.clear();
  levels_.remove(id);
}

void CoupledNetwork::start(Row row) {
  needs_.clear();
  for (const Transfer& transfer : row.transfers) {
    for (const std::uint32_t link : topology_.links(topology_.route(row.src, transfer.dst, row.copier))) {
      if (bytes_on_[link] == 0) needs_.push_back({link, 0});
      bytes_on_[link] += transfer.bytes;
    }
  }
  for (LinkNeed& need : needs_) need.time = std::exchange(bytes_on_[need.link], 0) / topology_.capacity[need.link];
  const RowLevels::Id id = levels_.add(needs_);
  if (id >= rows_.size()) rows_.resize(id + 1);
  rows_[id] = std::move(row);
  under_way_.push_back(id);
}

void CoupledNetwork::find_next() {
  if (!levels_.solve(level_tolerance_))
    throw std::runtime_error(
        "coupled sharing: no rates found that share the links fairly; a larger tolerance may help");
  until_end_ = infinity;
  for (const RowLevels::Id id : under_way_) until_end_ = std::min(until_end_, rows_[id].left / levels_.rate(id));
  next_ = origin_ + now_ + until_end_;
  if (!starts_.empty()) next_ = std::min(next_, starts_.top().t);
}

}  // namespace ringtail
