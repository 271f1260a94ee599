#include "network/flow_network.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

/// Links that share a route, directly or over others.
class LinkSets {
 public:
  explicit LinkSets(std::size_t links) : parent_(links) { std::iota(parent_.begin(), parent_.end(), 0U); }

  std::uint32_t find(std::uint32_t link) {
    while (parent_[link] != link) link = parent_[link] = parent_[parent_[link]];
    return link;
  }
  /// The lower link names the joint set, whatever the order of joining.
  void join(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> parent_;
};

struct Port {
  std::uint32_t component = none;
  std::uint16_t number = 0;
  bool is_egress = false;
};

struct Sides {
  std::vector<BytesPerSecond> egress;
  std::vector<BytesPerSecond> ingress;
};

template <class Visit>
void for_each_route(const Topology& topology, const Visit& visit) {
  for (int src = 0; src < topology.ranks; ++src)
    for (int dst = 0; dst < topology.ranks; ++dst)
      if (src != dst) visit(src, dst, topology.links(topology.route(src, dst)));
}

}  // namespace

FlowNetwork::FlowNetwork(const Topology& topology, double tolerance)
    : ranks_(static_cast<std::size_t>(topology.ranks)), paths_(ranks_ * ranks_), next_(infinity) {
  LinkSets sets(topology.capacity.size());
  for_each_route(topology, [&](int, int, std::span<const std::uint32_t> links) {
    if (links.size() != 2) throw std::invalid_argument("a route must be two links: egress and ingress");
    sets.join(links[0], links[1]);
  });

  std::vector<Port> ports(topology.capacity.size());
  std::vector<std::uint32_t> component_of_set(topology.capacity.size(), none);
  std::vector<Sides> sides;
  const auto port = [&](std::uint32_t link, bool is_egress) -> const Port& {
    std::uint32_t& component = component_of_set[sets.find(link)];
    if (component == none) {
      component = static_cast<std::uint32_t>(sides.size());
      sides.emplace_back();
    }
    if (ports[link].component == none) {
      auto& side = is_egress ? sides[component].egress : sides[component].ingress;
      ports[link] = {component, static_cast<std::uint16_t>(side.size()), is_egress};
      side.push_back(topology.capacity[link]);
    }
    if (ports[link].is_egress != is_egress) throw std::invalid_argument("a link is both an egress and an ingress");
    return ports[link];
  };
  for_each_route(topology, [&](int src, int dst, std::span<const std::uint32_t> links) {
    const Port egress = port(links[0], true);
    const Port ingress = port(links[1], false);
    paths_[static_cast<std::size_t>(src) * ranks_ + static_cast<std::size_t>(dst)] = {
        egress.component, egress.number, ingress.number, topology.route(src, dst).latency};
  });
  for (const Sides& s : sides) components_.emplace_back(s.egress, s.ingress, tolerance);
  next_of_.assign(std::max<std::size_t>(1, components_.size()), infinity);  // One GPU has no links that a route uses.
}

void FlowNetwork::open(const Exchange& exchange) {
  progress_.open(exchange);
  for (std::size_t member = 0; member < exchange.ranks.size(); ++member) {
    const int src = exchange.ranks[member];
    for (const Transfer& transfer : exchange.row(member)) {
      const Path& way = path(src, transfer.dst);
      components_[way.component].expect({exchange.id, src, transfer.dst}, way.ingress);
    }
  }
}

void FlowNetwork::post(const Exchange& exchange, int member, Seconds t) {
  const auto row = exchange.row(static_cast<std::size_t>(member));
  const int src = exchange.ranks[static_cast<std::size_t>(member)];
  for (std::size_t first = 0, last = 0; first < row.size(); first = last) {
    const Path& head = path(src, row[first].dst);
    for (last = first + 1; last < row.size(); ++last) {
      const Path& other = path(src, row[last].dst);
      if (other.component != head.component || other.latency != head.latency) break;
    }
    const Seconds at = std::max(now_, t + head.latency);
    starts_.push({at, posts_++, exchange.id, src, row.subspan(first, last - first)});
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
    const Path& way = path(start.src, transfer.dst);
    components_[way.component].start({start.exchange, start.src, transfer.dst}, way.egress, way.ingress, transfer.bytes,
                                     now_);
    if (touched_.empty() || touched_.back() != way.component) touched_.push_back(way.component);
  }
}

}  // namespace ringtail
