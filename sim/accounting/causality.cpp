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
}

void Causality::append(int rank, const Link& link) {
  Head& head = heads_[static_cast<std::size_t>(rank)];
  auto& links = step(head.step).links;
  head.link = static_cast<int>(links.size());
  head.origin = link.origin;
  links.push_back(link);
}

void Causality::kernel(int rank, const Kernel& kernel, Seconds start, Seconds end) {
  const Head& head = heads_[static_cast<std::size_t>(rank)];
  append(rank, {head.link, entry(kernel.stage, kernel.layer), start, end, {rank, end}});
}

void Causality::post(int rank, const Exchange& exchange, Seconds t) {
  Rows& rows = rows_[exchange.id];
  if (rows.heads.empty()) {
    rows.heads.resize(exchange.ranks.size());
    rows.posted.resize(exchange.ranks.size());
    rows.awaits_left = exchange.ranks.size();
  }
  const std::size_t member = member_of(exchange, rank);
  rows.heads[member] = heads_[static_cast<std::size_t>(rank)];
  rows.posted[member] = t;
}

Origin Causality::wait(int rank, const Exchange& exchange, Seconds to, int last_src) {
  const Rows& rows = rows_.at(exchange.id);
  const std::size_t member = member_of(exchange, last_src);
  const Head& sender = rows.heads[member];
  const Origin origin = sender.origin;
  append(rank, {sender.link, entry(stages_ + exchange.family, exchange.layer), rows.posted[member], to, origin});
  forget(exchange);
  return origin;
}

void Causality::no_wait(const Exchange& exchange) { forget(exchange); }

void Causality::forget(const Exchange& exchange) {
  const auto rows = rows_.find(exchange.id);
  if (--rows->second.awaits_left == 0) rows_.erase(rows);
}

void Causality::end_step(int rank) {
  Head& head = heads_[static_cast<std::size_t>(rank)];
  if (static_cast<std::size_t>(head.step - first_step_) + 1 == steps_.size())
    steps_.push_back({std::exchange(spare_, {}), std::vector<Path>(heads_.size()), static_cast<int>(heads_.size())});
  Step& ended = step(head.step);

  Path path(entries_);
  int link = head.link;
  for (; link >= 0; link = ended.links[static_cast<std::size_t>(link)].parent) {
    const Link& at = ended.links[static_cast<std::size_t>(link)];
    path[static_cast<std::size_t>(at.entry)] += window_.overlap(at.start, at.end);
  }
  const Path& before = ended.begun_with[static_cast<std::size_t>(begin_of(link))];
  for (std::size_t i = 0; i < entries_; ++i) path[i] += before[i];

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
