#include "accounting/causality.hpp"

#include <utility>

#include "program/members.hpp"

namespace ringtail {
namespace {

/// The place of a rank's beginning of a step in Link::parent, and back.
constexpr int begin_of(int rank) { return -1 - rank; }

}  // namespace

Causality::Causality(int ranks, int stages, int families, int layers, const Window& window)
    : window_(window),
      stages_(stages),
      layers_(layers),
      entries_(static_cast<std::size_t>(stages + families) * static_cast<std::size_t>(layers + 1)) {
  const auto n = static_cast<std::size_t>(ranks);
  steps_.push_back({{}, std::vector<Path>(n, Path(entries_)), ranks});
  for (int rank = 0; rank < ranks; ++rank) heads_.push_back({0, begin_of(rank), {rank, 0}});
  copies_ = heads_;
}

void Causality::append(Head& head, const Link& link) {
  auto& links = step(head.step).links;
  head.link = static_cast<int>(links.size());
  head.origin = link.origin;
  links.push_back(link);
}

void Causality::kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) {
  Head& head = heads_[static_cast<std::size_t>(rank)];
  append(head, {head.link, entry(kernel.stage, kernel.layer), start, end, {rank, end}});
}

Causality::Rows& Causality::rows_of(const Exchange& exchange) {
  Rows& rows = rows_[exchange.id];
  if (rows.heads.empty()) {
    rows.heads.resize(exchange.ranks.size());
    rows.posted.resize(exchange.ranks.size(), -1.0);
    rows.awaits_left = exchange.ranks.size();
  }
  return rows;
}

void Causality::post(int rank, const Exchange& exchange, Seconds t) {
  const std::size_t member = member_of(exchange, rank);
  if (exchange.row(member).empty()) return;  // Nobody waits for it.
  Rows& rows = rows_of(exchange);
  if (rows.posted[member] >= 0) return;  // A relay's.
  rows.heads[member] = heads_[static_cast<std::size_t>(rank)];
  rows.posted[member] = t;
  if (!exchange.is_for_next_step) return;
  rows.paths.resize(exchange.ranks.size());
  rows.paths[member] = path_to(rows.heads[member]);
}

Causality::Head Causality::arrival(const Exchange& exchange, int src, Seconds to, int receiver_step) {
  Rows& rows = rows_.at(exchange.id);
  const std::size_t member = member_of(exchange, src);
  Head head = rows.heads[member];
  if (exchange.is_for_next_step) {
    auto& begun_with = step(receiver_step).begun_with;
    begun_with.push_back(std::move(rows.paths[member]));
    head = {receiver_step, begin_of(static_cast<int>(begun_with.size()) - 1), head.origin};
  }
  append(head, {head.link, entry(stages_ + exchange.family, exchange.layer), rows.posted[member], to, head.origin});
  return head;
}

Origin Causality::wait(int rank, const Exchange& exchange, Seconds to, int last_src) {
  Head& head = heads_[static_cast<std::size_t>(rank)];
  head = arrival(exchange, last_src, to, head.step);
  forget(exchange);
  return head.origin;
}

void Causality::relay(int rank, const Relay& relay, Seconds came, int last_src, Seconds start, Seconds end) {
  const Exchange& exchange = *relay.post.exchange;
  const std::size_t member = member_of(exchange, rank);
  Head& copies = copies_[static_cast<std::size_t>(rank)];
  Head head = heads_[static_cast<std::size_t>(rank)];
  if (start > came && copies.step == head.step)
    head = copies;
  else if (last_src >= 0)
    head = arrival(*relay.received, last_src, came, head.step);
  if (end > start) {
    append(head, {head.link, entry(relay.copy.stage, relay.copy.layer), start, end, head.origin});
    copies = head;
  }
  Rows& rows = rows_of(exchange);  // Also of an empty row: the rank itself waits for its post.
  rows.heads[member] = head;
  rows.posted[member] = end;
  forget(*relay.received);
}

void Causality::no_wait(const Exchange& exchange) { forget(exchange); }

void Causality::forget(const Exchange& exchange) {
  if (--rows_of(exchange).awaits_left == 0) rows_.erase(exchange.id);
}

Causality::Path Causality::path_to(const Head& head) {
  const Step& at_step = step(head.step);
  Path path(entries_);
  int link = head.link;
  for (; link >= 0; link = at_step.links[static_cast<std::size_t>(link)].parent) {
    const Link& at = at_step.links[static_cast<std::size_t>(link)];
    path[static_cast<std::size_t>(at.entry)] += window_.overlap(at.start, at.end);
  }
  const Path& before = at_step.begun_with[static_cast<std::size_t>(begin_of(link))];
  for (std::size_t i = 0; i < entries_; ++i) path[i] += before[i];
  return path;
}

void Causality::end_step(int rank) {
  Head& head = heads_[static_cast<std::size_t>(rank)];
  if (static_cast<std::size_t>(head.step - first_step_) + 1 == steps_.size())
    steps_.push_back({std::exchange(spare_, {}), std::vector<Path>(heads_.size()), static_cast<int>(heads_.size())});
  Step& ended = step(head.step);
  Path path = path_to(head);

  ++head.step;
  head.link = begin_of(rank);
  step(head.step).begun_with[static_cast<std::size_t>(rank)] = std::move(path);
  --ended.ranks_left;
  while (steps_.front().ranks_left == 0) {
    spare_ = std::move(steps_.front().links);
    spare_.clear();
    steps_.pop_front();
    ++first_step_;
  }
}

const Causality::Path& Causality::path(int rank) const {
  const Head& head = heads_[static_cast<std::size_t>(rank)];
  return steps_[static_cast<std::size_t>(head.step - first_step_)].begun_with[static_cast<std::size_t>(rank)];
}

}  // namespace ringtail
