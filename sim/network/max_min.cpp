#include "network/max_min.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "network/lanes.hpp"

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Levels closer than this count as equal, and a port this little overfull counts as full: rounding errors are below
/// 1e-14, and the finish times are wanted to 1e-9.
constexpr double tolerance = 1e-12;

}  // namespace

MaxMin::MaxMin(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress)
    : side_(whole_lanes(std::max(egress.size(), ingress.size()))),
      capacity_(2 * side_),
      level_(2 * side_, infinity),
      last_frozen_(2 * side_),
      total_(2 * side_),
      count_(2 * side_ * side_),
      order_(2 * side_),
      frozen_(2, side_),
      frozen_level_(2 * side_),
      changed_(2, side_),
      meets_(2 * side_, side_),
      many_(2 * side_, side_),
      limiting_(2 * side_, side_),
      dirty_(2 * side_),
      is_touched_(2 * side_) {
  std::copy(egress.begin(), egress.end(), capacity_.begin());
  std::copy(ingress.begin(), ingress.end(), capacity_.begin() + static_cast<std::ptrdiff_t>(side_));
  std::iota(order_.begin(), order_.end(), std::size_t{0});
}

void MaxMin::change(std::size_t egress, std::size_t ingress, double flows) {
  const auto update = [&](std::size_t port, std::size_t peer) {
    double& count = count_[port * side_ + peer];
    count += flows;
    total_[port] += flows;
    meets_.assign(port, peer, count > 0);
    many_.assign(port, peer, count > 1);
    dirty_[port] = 1;
  };
  update(egress, ingress);
  update(side_ + ingress, egress);
}

bool MaxMin::is_slack(std::size_t port) const { return level_[port] == infinity; }

bool MaxMin::meet(std::size_t a, std::size_t b) const {
  return (a < side_) != (b < side_) && meets_.test(a, within(b));
}

/// A level is a function of the port's flows, of which peers were frozen before it, and of their levels.
bool MaxMin::is_stale(std::size_t port) const {
  if (dirty_[port] != 0) return true;
  const std::uint64_t* frozen = frozen_.row(other_side(port));
  const std::uint64_t* changed = changed_.row(other_side(port));
  const std::uint64_t* meets = meets_.row(port);
  const std::uint64_t* limiting = limiting_.row(port);
  for (std::size_t w = 0; w < meets_.words(); ++w)
    if ((((meets[w] & frozen[w]) ^ limiting[w]) | (limiting[w] & changed[w])) != 0) return true;
  return false;
}

/// The port's level if the frozen peers limit their flows and the port limits the rest. Always summed anew, never
/// updated: a pure function of what is frozen, which is why `solve` ends (see there).
void MaxMin::evaluate(std::size_t port) {
  const double* count = &count_[port * side_];
  double flows = total_[port];
  for (std::size_t w = 0; w < meets_.words(); ++w) {
    const std::uint64_t limiting = meets_.row(port)[w] & frozen_.row(other_side(port))[w];
    limiting_.row(port)[w] = limiting;
    flows -= std::popcount(limiting);
    for_each_bit(limiting & many_.row(port)[w], w, [&](std::size_t peer) { flows -= count[peer] - 1; });
  }
  const BytesPerSecond rest = capacity_[port] - dot(count, &frozen_level_[side_ * other_side(port)], side_);
  if (flows > 0)
    level_[port] = rest / flows;
  else  // Overfull without flows of its own to limit: it must come before some of the frozen peers.
    level_[port] = rest < -tolerance * capacity_[port] ? -infinity : infinity;
  dirty_[port] = 0;
  if (is_touched_[port] == 0) touched_.push_back(port);
  is_touched_[port] = 1;
}

void MaxMin::freeze(std::size_t port) {
  frozen_level_[port] = level_[port];
  frozen_.set(1 - other_side(port), within(port));
  if (last_frozen_[port] == level_[port]) return;
  last_frozen_[port] = level_[port];
  changed_.set(1 - other_side(port), within(port));
}

void MaxMin::thaw(std::size_t port) {
  frozen_level_[port] = 0;
  frozen_.reset(1 - other_side(port), within(port));
}

/// Moves the port at position k before the frozen ports with a higher level, which thaw. Returns its new position.
std::size_t MaxMin::bring_forward(std::size_t k) {
  const std::size_t port = order_[k];
  std::size_t to = k;
  for (std::size_t j = k; j-- > 0;) {
    const std::size_t before = order_[j];
    if (is_slack(before)) continue;
    if (level_[before] * (1 - tolerance) <= level_[port]) break;
    thaw(before);
    to = j;
    if (meet(port, before)) evaluate(port);
  }
  const auto at = order_.begin() + static_cast<std::ptrdiff_t>(k);
  std::rotate(order_.begin() + static_cast<std::ptrdiff_t>(to), at, at + 1);
  return to;
}

/// Progressive filling in the order of the last solve, corrected on the way. Invariant: the frozen ports before
/// position k have ascending levels, each evaluated with exactly the frozen ones before it. At k = end that is the
/// fixed point.
///
/// It ends: `bring_forward` to position j leaves the positions before j as they are, bit by bit, and puts a lower level
/// at j, so that the sequence of levels decreases lexicographically; there are finitely many sequences.
void MaxMin::solve() {
  for (const std::size_t port : touched_) is_touched_[port] = 0;
  touched_.clear();
  changed_.clear();
  std::size_t k = 0;
  while (k < order_.size() && dirty_[order_[k]] == 0) ++k;  // Lower levels do not depend on what has changed.
  for (std::size_t j = k; j < order_.size(); ++j) thaw(order_[j]);
  while (k < order_.size()) {
    if (is_stale(order_[k])) evaluate(order_[k]);
    if (is_slack(order_[k])) {
      ++k;
      continue;
    }
    k = bring_forward(k);
    freeze(order_[k]);
    ++k;
  }
}

}  // namespace ringtail
