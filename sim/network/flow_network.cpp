#include "network/flow_network.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "network/components.hpp"

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

FlowNetwork::FlowNetwork(Topology topology, double tolerance) : topology_(std::move(topology)), next_(infinity) {
  Components components = components_of(topology_);
  paths_ = std::move(components.paths);
  for (ComponentLinks& links : components.all) components_.emplace_back(std::move(links), tolerance);
  next_of_.assign(std::max<std::size_t>(1, components_.size()), infinity);  // One GPU has no links that a route uses.
}

void FlowNetwork::open(const Exchange& exchange) {
  progress_.open(exchange);
  for (std::size_t member = 0; member < exchange.ranks.size(); ++member) {
    const int src = exchange.ranks[member];
    for (const Transfer& transfer : exchange.row(member)) {
      const Path& path = paths_[topology_.index(src, transfer.dst, exchange.copier)];
      components_[path.component].expect({exchange.id, src, transfer.dst}, path);
    }
  }
}

void FlowNetwork::post(const Exchange& exchange, int member, Seconds t) {
  const auto row = exchange.row(static_cast<std::size_t>(member));
  const int src = exchange.ranks[static_cast<std::size_t>(member)];
  for (std::size_t first = 0, last = 0; first < row.size(); first = last) {
    const std::size_t head = topology_.index(src, row[first].dst, exchange.copier);
    for (last = first + 1; last < row.size(); ++last) {
      const std::size_t other = topology_.index(src, row[last].dst, exchange.copier);
      if (paths_[other].component != paths_[head].component ||
          topology_.routes[other].latency != topology_.routes[head].latency)
        break;
    }
    const Seconds at = std::max(now_, t + topology_.routes[head].latency);
    starts_.push({at, posts_++, &exchange, src, row.subspan(first, last - first)});
    next_ = std::min(next_, at);
  }
}

void FlowNetwork::advance(std::vector<Completion>& completions) {
  now_ = std::max(now_, next_);
  touched_.clear();
  for (std::uint32_t c = 0; c < components_.size(); ++c) {
    if (next_of_[c] > now_) continue;
    touched_.push_back(c);
    finished_.clear();
    components_[c].advance(now_, finished_);
    for (const Finished& finished : finished_) progress_.finished(finished, now_, completions);
  }
  while (!starts_.empty() && starts_.top().t <= now_) {
    start(starts_.top());
    starts_.pop();
  }
  for (const std::uint32_t c : touched_) next_of_[c] = components_[c].next_event();
  next_ = *std::min_element(next_of_.begin(), next_of_.end());
  if (!starts_.empty()) next_ = std::min(next_, starts_.top().t);
}

void FlowNetwork::start(const Start& start) {
  for (const Transfer& transfer : start.transfers) {
    const Path& path = paths_[topology_.index(start.src, transfer.dst, start.exchange->copier)];
    components_[path.component].start({start.exchange->id, start.src, transfer.dst}, path, transfer.bytes,
                                      start.exchange->transfers.size(), now_);
    if (touched_.empty() || touched_.back() != path.component) touched_.push_back(path.component);
  }
}

}  // namespace ringtail
