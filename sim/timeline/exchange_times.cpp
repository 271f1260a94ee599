#include "timeline/exchange_times.hpp"

#include <algorithm>

#include "program/members.hpp"

namespace ringtail {

bool ExchangeTimes::post(int rank, const Exchange& exchange, Seconds t) {
  const auto [at, is_new] = open_.try_emplace(exchange.id);
  Open& open = at->second;
  if (is_new) {
    open.members.resize(exchange.ranks.size());
    open.left = exchange.ranks.size();
    for (std::size_t member = 0; member < exchange.ranks.size(); ++member)
      open.left += (exchange.row(member).empty() ? 0U : 1U) + (exchange.incoming[member] == 0 ? 0U : 1U);
  }
  open.members[member_of(exchange, rank)].posted = t;
  return --open.left == 0;
}

bool ExchangeTimes::sent(int rank, const Exchange& exchange, Seconds t) {
  const auto at = open_.find(exchange.id);
  if (at == open_.end()) return false;
  at->second.members[member_of(exchange, rank)].sent = t;
  return --at->second.left == 0;
}

bool ExchangeTimes::received(int rank, const Exchange& exchange, Seconds t) {
  const auto at = open_.find(exchange.id);
  const std::size_t member = member_of(exchange, rank);
  if (at == open_.end() || exchange.incoming[member] == 0) return false;
  at->second.members[member].received = t;
  return --at->second.left == 0;
}

std::vector<TimedTransfer> ExchangeTimes::take(const Exchange& exchange) {
  const Open open = std::move(open_.extract(exchange.id).mapped());
  std::vector<TimedTransfer> transfers;
  for (std::size_t member = 0; member < exchange.ranks.size(); ++member) {
    const Member& sender = open.members[member];
    for (const Transfer& transfer : exchange.row(member)) {
      const Seconds received = open.members[member_of(exchange, transfer.dst)].received;
      transfers.push_back({exchange.ranks[member], transfer.dst, transfer.bytes, sender.posted,
                           std::max(sender.posted, std::min(sender.sent, received))});
    }
  }
  return transfers;
}

}  // namespace ringtail
