#include "network/crossbar.hpp"

#include <algorithm>
#include <limits>

#include "network/lanes.hpp"

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Finishes this close together, relative to the time since the origin, are one event: rounding can set equal times as
/// far apart, and 1e-9 is what finish times are wanted to.
constexpr double rounding = 1e-13;

}  // namespace

Crossbar::Crossbar(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress)
    : shares_(egress, ingress),
      rate_(shares_.ports()),
      clock_(shares_.ports()),
      since_(shares_.ports()),
      marks_(shares_.ports() * shares_.side(), infinity),
      first_(shares_.ports(), infinity),
      due_(shares_.ports(), infinity),
      limited_(shares_.ports(), shares_.side()),
      head_(shares_.side() * shares_.side(), none),
      free_(none),
      next_finish_(infinity) {}

void Crossbar::start(const Flow& flow, const Path& path, Bytes bytes, Seconds t) {
  const std::size_t egress = path.egress;
  const std::size_t ingress = path.ingress;
  if (flows_ == 0) begin_at(t);
  go_to(t - origin_);
  ++flows_;
  shares_.change(egress, ingress, +1);
  is_shared_ = false;
  const std::uint32_t entry = new_entry(flow);
  if (head(egress, ingress) != none) {
    enqueue(egress, ingress, entry, bytes);
    return;
  }
  head(egress, ingress) = entry;
  limited_.set(shares_.side() + ingress, egress);  // The egress limits it until `share` knows better.
  insert_mark(egress, ingress, clock(egress, now_) + bytes);
}

/// Idle ports' clocks stand at 0, so a new origin costs nothing and keeps all numbers as small as they can be: a
/// collective that starts after 1000 s is as exact as the first.
void Crossbar::begin_at(Seconds t) {
  share();
  origin_ = t;
  now_ = 0;
}

/// Queues a flow behind those of the same two ports that finish before it.
void Crossbar::enqueue(std::size_t egress, std::size_t ingress, std::uint32_t entry, Bytes bytes) {
  const bool by_ingress = limited_.test(egress, ingress);
  const std::size_t port = by_ingress ? shares_.side() + ingress : egress;
  const std::size_t peer = by_ingress ? egress : ingress;
  Bytes after = bytes - (mark(port, peer) - clock(port, now_));
  std::uint32_t* link = &head(egress, ingress);
  if (after < 0) {
    queue_[*link].after = -after;
    insert_mark(port, peer, clock(port, now_) + bytes);
  } else {
    link = &queue_[*link].next;
    for (; *link != none && queue_[*link].after <= after; link = &queue_[*link].next) after -= queue_[*link].after;
    if (*link != none) queue_[*link].after -= after;
    queue_[entry].after = after;
  }
  queue_[entry].next = *link;
  *link = entry;
}

std::uint32_t Crossbar::new_entry(const Flow& flow) {
  if (free_ == none) {
    queue_.push_back({flow, 0, none});
    return static_cast<std::uint32_t>(queue_.size() - 1);
  }
  const std::uint32_t entry = free_;
  free_ = queue_[entry].next;
  queue_[entry] = {flow, 0, none};
  return entry;
}

void Crossbar::insert_mark(std::size_t port, std::size_t peer, Bytes at) {
  mark(port, peer) = at;
  first_[port] = std::min(first_[port], at);
}

void Crossbar::erase_mark(std::size_t port, std::size_t peer) {
  if (mark(port, peer) == first_[port]) first_[port] = -infinity;
  mark(port, peer) = infinity;
}

void Crossbar::go_to(Seconds t) {
  if (t <= now_) return;
  share();
  now_ = t;
}

/// Brings rates, limiting ports and due times in line with the flows that there are now.
void Crossbar::share() {
  if (is_shared_) return;
  is_shared_ = true;
  shares_.solve();
  for (const std::size_t port : shares_.touched()) set_rate(port);
  for (const std::size_t port : shares_.touched()) set_limits(port);
  for (const std::size_t port : shares_.touched()) set_due(port);
  next_finish_ = std::max(now_, least(due_.data(), due_.size()));
}

void Crossbar::set_rate(std::size_t port) {
  const BytesPerSecond level = shares_.level(port);
  const BytesPerSecond rate = level == infinity ? 0 : level;
  if (rate == rate_[port]) return;
  clock_[port] = clock(port, now_);
  since_[port] = now_;
  rate_[port] = rate;
}

/// Passes on the flows of `port` that it has begun or ceased to limit. A flow's both ports are touched then, so the
/// second one finds it done.
void Crossbar::set_limits(std::size_t port) {
  for (std::size_t w = 0; w < limited_.words(); ++w) {
    const std::uint64_t limiting = shares_.limiting(port)[w];
    for_each_bit(limiting ^ limited_.row(port)[w], w, [&](std::size_t peer) {
      const std::size_t other = shares_.other(port, peer);
      if ((limiting >> (peer % 64) & 1) != 0)
        pass(port, other);
      else
        pass(other, port);
    });
  }
}

void Crossbar::pass(std::size_t from, std::size_t to) {
  const std::size_t from_peer = shares_.within(to);
  const std::size_t to_peer = shares_.within(from);
  const Bytes left = mark(from, from_peer) - clock(from, now_);
  erase_mark(from, from_peer);
  insert_mark(to, to_peer, clock(to, now_) + left);
  limited_.set(from, from_peer);
  limited_.reset(to, to_peer);
}

void Crossbar::set_due(std::size_t port) {
  if (first_[port] == -infinity) first_[port] = least(&mark(port, 0), shares_.side());
  if (first_[port] == infinity) {  // It limits nothing and its rate is 0: it may begin anew, with small numbers.
    clock_[port] = 0;
    due_[port] = infinity;
  } else {
    due_[port] = since_[port] + (first_[port] - clock_[port]) / rate_[port];
  }
}

Seconds Crossbar::next_finish() {
  share();
  return origin_ + next_finish_;
}

void Crossbar::finish(std::vector<Flow>& finished) {
  share();
  now_ = next_finish_;
  const Seconds latest = now_ * (1 + rounding);
  for (std::size_t port = 0; port < due_.size(); ++port) {
    if (due_[port] > latest) continue;
    const Bytes up_to = std::max(first_[port], clock(port, latest));  // `first_` whatever the rounding: it is due.
    for (std::size_t peer = 0; peer < shares_.side(); ++peer)
      while (mark(port, peer) <= up_to) finish_first(port, peer, finished);
  }
}

/// Ends the first flow between the two ports; the next one of their queue takes its place.
void Crossbar::finish_first(std::size_t port, std::size_t peer, std::vector<Flow>& finished) {
  const std::size_t egress = std::min(port, shares_.other(port, peer));
  const std::size_t ingress = std::max(port, shares_.other(port, peer)) - shares_.side();
  const std::uint32_t entry = head(egress, ingress);
  const std::uint32_t next = queue_[entry].next;
  finished.push_back(queue_[entry].flow);
  queue_[entry].next = free_;
  free_ = entry;
  head(egress, ingress) = next;
  shares_.change(egress, ingress, -1);
  is_shared_ = false;
  --flows_;
  const Bytes at = mark(port, peer);
  erase_mark(port, peer);
  if (next != none) {
    insert_mark(port, peer, at + queue_[next].after);
  } else {
    limited_.reset(port, peer);
    limited_.reset(shares_.other(port, peer), shares_.within(port));
  }
}

}  // namespace ringtail
