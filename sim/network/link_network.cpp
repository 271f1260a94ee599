#include "network/link_network.hpp"

#include <algorithm>
#include <functional>

namespace ringtail {
namespace {

/// Rates closer than this count as equal: rounding errors are below 1e-14.
constexpr double tolerance = 1e-12;

/// Finishes this close together, relative to the time since the origin, are one event; see Crossbar.
constexpr double rounding = 1e-13;

}  // namespace

LinkNetwork::LinkNetwork(std::vector<BytesPerSecond> capacity, std::size_t routes, std::size_t longest)
    : capacity_(std::move(capacity)),
      on_link_(capacity_.size()),
      longest_(longest),
      bundle_of_route_(routes, none),
      link_seen_(capacity_.size()),
      filling_(capacity_.size()) {}

void LinkNetwork::start(const Flow& flow, const Path& path, std::span<const std::uint32_t> links, Bytes bytes,
                        Seconds t) {
  if (flow_count_ == 0) begin_at(t);
  go_to(t - origin_);
  ++flow_count_;
  const Id id = bundle_of(path, links);
  touch(id);
  grown_.insert(grown_.end(), links.begin(), links.end());
  Bundle& bundle = bundles_[id];
  bundle.clock = clock(id, now_);
  bundle.since = now_;
  shares_[id].rate = infinity;  // Until `share`; nobody asks for its clock before.
  shares_[id].flows += 1;
  bundle.flows.push_back({bundle.clock + bytes, order_++, flow});
  std::push_heap(bundle.flows.begin(), bundle.flows.end(), std::greater<>());
}

LinkNetwork::Id LinkNetwork::bundle_of(const Path& path, std::span<const std::uint32_t> links) {
  Id& id = bundle_of_route_[path.route];
  if (id != none) return id;
  id = new_bundle();
  bundles_[id].path = path;
  enter(id, links);
  return id;
}

LinkNetwork::Id LinkNetwork::new_bundle() {
  if (!free_.empty()) {
    const Id id = free_.back();
    free_.pop_back();
    return id;
  }
  const auto id = static_cast<Id>(bundles_.size());
  bundles_.emplace_back();
  route_links_.resize(route_links_.size() + longest_);
  place_.resize(place_.size() + longest_);
  shares_.emplace_back();
  due_.push_back(infinity);
  if (due_.size() > block * first_due_.size()) {
    first_due_.push_back(infinity);
    is_stale_.push_back(0);
  }
  return id;
}

void LinkNetwork::enter(Id id, std::span<const std::uint32_t> links) {
  Bundle& bundle = bundles_[id];
  bundle.length = links.size();
  bundle.clock = 0;
  bundle.since = now_;
  shares_[id].flows = 0;
  for (std::size_t k = 0; k < links.size(); ++k) {
    std::vector<Id>& users = on_link_[links[k]];
    route_links_[id * longest_ + k] = links[k];
    place_[id * longest_ + k] = static_cast<Id>(users.size());
    if (users.empty()) ++used_links_;
    users.push_back(id);
  }
}

/// Takes the bundle off its links; the last bundle of each takes its place.
void LinkNetwork::leave(Id id) {
  const auto route = links(id);
  for (std::size_t k = 0; k < route.size(); ++k) {
    std::vector<Id>& users = on_link_[route[k]];
    const Id moved = users.back();
    const Id place = place_[id * longest_ + k];
    users[place] = moved;
    users.pop_back();
    if (users.empty()) --used_links_;
    const auto its_links = links(moved);
    const auto at = std::find(its_links.begin(), its_links.end(), route[k]) - its_links.begin();
    place_[moved * longest_ + static_cast<std::size_t>(at)] = place;
  }
  bundle_of_route_[bundles_[id].path.route] = none;
  bundles_[id].length = 0;
  shares_[id].rate = infinity;
  set_due(id);
  free_.push_back(id);
}

/// Flows start or end: what the bundle's links have to give changes.
void LinkNetwork::touch(Id id) {
  const auto route = links(id);
  changed_.insert(changed_.end(), route.begin(), route.end());
}

/// See Crossbar: without flows a new origin costs nothing and keeps all numbers small.
void LinkNetwork::begin_at(Seconds t) {
  share();
  origin_ = t;
  now_ = 0;
}

void LinkNetwork::go_to(Seconds t) {
  if (t <= now_) return;
  share();
  now_ = t;
}

/// Brings rates and due times in line with the flows that there are now.
void LinkNetwork::share() {
  if (changed_.empty()) return;
  std::sort(grown_.begin(), grown_.end());
  grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
  gather(unchanged_below());
  fill();
  for (const Id bundle : growing_) set_rate(bundle, shares_[bundle].new_rate);
  changed_.clear();
  grown_.clear();
  least_ended_ = infinity;
  find_next_finish();
}

/// The level below which all rates stay as they are. Think of all rates growing together: before the first of the ended
/// flows was stopped by a link, and before a link of the new ones is full, nothing differs from the last filling.
BytesPerSecond LinkNetwork::unchanged_below() const {
  BytesPerSecond level = least_ended_;
  for (const Id link : grown_) level = std::min(level, lowest_level(link));
  return level * (1 - tolerance);
}

/// The level at which the link is full if its new flows are stopped by no other link: x with sum of min(rate, x) =
/// capacity. Found from below: flows slower than x leave the others a larger share, until no further flow is slower.
BytesPerSecond LinkNetwork::lowest_level(Id link) const {
  BytesPerSecond level = 0;
  for (;;) {
    BytesPerSecond rest = capacity_[link];
    double flows = 0;
    for (const Id bundle : on_link_[link]) {
      if (shares_[bundle].rate <= level)
        rest -= shares_[bundle].rate * shares_[bundle].flows;
      else
        flows += shares_[bundle].flows;
    }
    if (flows == 0) return infinity;
    const BytesPerSecond share = rest / flows;
    if (share <= level * (1 + tolerance)) return std::max(level, 0.0);
    level = share;
  }
}

/// Finds the bundles whose rates may change, those at `limit` or above that share links with the changed ones, directly
/// or over others, and what the rest leaves of their links.
void LinkNetwork::gather(BytesPerSecond limit) {
  ++filling_number_;
  reached_.clear();
  used_reached_ = 0;
  growing_.clear();
  for (const Id link : changed_) reach(link);
  for (std::size_t next = 0; next < reached_.size(); ++next) {
    const Id link = reached_[next];
    Filling& filling = filling_[link];
    filling = {capacity_[link], 0};
    for (const Id bundle : on_link_[link]) {
      Share& share = shares_[bundle];
      if (share.rate < limit) {
        filling.rest -= share.rate * share.flows;
        continue;
      }
      filling.growing += share.flows;
      if (share.seen == filling_number_) continue;
      share.seen = filling_number_;
      share.new_rate = infinity;
      growing_.push_back(bundle);
      if (used_reached_ == used_links_) continue;  // There is nothing left to reach.
      for (const Id other : links(bundle)) reach(other);
    }
  }
}

void LinkNetwork::reach(Id link) {
  if (link_seen_[link] == filling_number_) return;
  link_seen_[link] = filling_number_;
  reached_.push_back(link);
  if (!on_link_[link].empty()) ++used_reached_;
}

/// Progressive filling: the link with the least for each of its growing flows is full first and freezes them.
void LinkNetwork::fill() {
  candidates_.clear();
  for (const Id link : reached_)
    if (filling_[link].growing > 0) candidates_.push_back({filling_[link].rest / filling_[link].growing, link});
  std::make_heap(candidates_.begin(), candidates_.end(), std::greater<>());
  BytesPerSecond reached = 0;
  while (!candidates_.empty()) {
    std::pop_heap(candidates_.begin(), candidates_.end(), std::greater<>());
    Candidate& last = candidates_.back();
    const Filling& filling = filling_[last.link];
    const BytesPerSecond level = filling.growing > 0 ? filling.rest / filling.growing : infinity;
    if (filling.growing <= 0) {
      candidates_.pop_back();
    } else if (level > last.level) {  // Others have frozen some of its flows.
      last.level = level;
      std::push_heap(candidates_.begin(), candidates_.end(), std::greater<>());
    } else {
      const Id link = last.link;
      candidates_.pop_back();
      reached = std::max(reached, level);
      freeze(link, reached);
    }
  }
}

void LinkNetwork::freeze(Id link, BytesPerSecond level) {
  for (const Id bundle : on_link_[link]) {
    Share& share = shares_[bundle];
    if (share.seen != filling_number_ || share.new_rate < infinity) continue;
    share.new_rate = level;
    for (const Id other : links(bundle)) {
      filling_[other].rest -= level * share.flows;
      filling_[other].growing -= share.flows;
    }
  }
}

void LinkNetwork::set_rate(Id id, BytesPerSecond rate) {
  if (rate == shares_[id].rate) return;
  Bundle& bundle = bundles_[id];
  bundle.clock = clock(id, now_);
  bundle.since = now_;
  shares_[id].rate = rate;
  set_due(id);
}

void LinkNetwork::set_due(Id id) {
  const Bundle& bundle = bundles_[id];
  due_[id] =
      bundle.flows.empty() ? infinity : bundle.since + (bundle.flows.front().mark - bundle.clock) / shares_[id].rate;
  is_stale_[id / block] = 1;
}

void LinkNetwork::find_next_finish() {
  next_finish_ = infinity;
  for (std::size_t b = 0; b < first_due_.size(); ++b) {
    if (is_stale_[b] != 0) {
      const auto first = due_.begin() + static_cast<std::ptrdiff_t>(b * block);
      first_due_[b] =
          *std::min_element(first, due_.begin() + static_cast<std::ptrdiff_t>(std::min(due_.size(), (b + 1) * block)));
      is_stale_[b] = 0;
    }
    next_finish_ = std::min(next_finish_, first_due_[b]);
  }
  next_finish_ = std::max(now_, next_finish_);
}

Seconds LinkNetwork::next_finish() {
  share();
  return origin_ + next_finish_;
}

void LinkNetwork::finish(std::vector<Flow>& finished) {
  share();
  now_ = next_finish_;
  const Seconds latest = now_ * (1 + rounding);
  for (std::size_t b = 0; b < first_due_.size(); ++b) {
    if (first_due_[b] > latest) continue;
    for (std::size_t id = b * block; id < std::min(due_.size(), (b + 1) * block); ++id)
      if (due_[id] <= latest) end_due(static_cast<Id>(id), latest, finished);
  }
}

/// Ends the flows of a bundle of which at least the first is due.
void LinkNetwork::end_due(Id id, Seconds latest, std::vector<Flow>& finished) {
  Bundle& bundle = bundles_[id];
  const Bytes up_to = std::max(bundle.flows.front().mark, clock(id, latest));  // The first whatever the rounding.
  touch(id);
  least_ended_ = std::min(least_ended_, shares_[id].rate);
  while (!bundle.flows.empty() && bundle.flows.front().mark <= up_to) {
    std::pop_heap(bundle.flows.begin(), bundle.flows.end(), std::greater<>());
    finished.push_back(bundle.flows.back().flow);
    bundle.flows.pop_back();
    shares_[id].flows -= 1;
    --flow_count_;
  }
  if (bundle.flows.empty())
    leave(id);
  else
    set_due(id);
}

}  // namespace ringtail
