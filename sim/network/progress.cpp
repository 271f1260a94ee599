#include "network/progress.hpp"

#include <algorithm>

#include "program/members.hpp"

namespace ringtail {

void Progress::open(const Exchange& exchange) {
  if (exchange.transfers.empty()) return;
  Open& open = open_[exchange.id];
  open.exchange = &exchange;
  open.transfers_left = exchange.transfers.size();
  open.members.resize(exchange.ranks.size());
  for (std::size_t m = 0; m < open.members.size(); ++m) {
    open.members[m].to_send = static_cast<std::uint32_t>(exchange.row(m).size());
    open.members[m].to_receive = exchange.incoming[m];
  }
}

void Progress::finished(std::uint64_t exchange, int src, int dst, Seconds t, std::vector<Completion>& completions) {
  const auto at = open_.find(exchange);
  Open& open = at->second;
  Member& sender = open.members[member_of(*open.exchange, src)];
  Member& receiver = open.members[member_of(*open.exchange, dst)];
  if (--sender.to_send == 0) completions.push_back({Completion::Kind::sent, open.exchange, src, t, -1});
  receiver.last_src = receiver.last == t ? std::min(receiver.last_src, src) : src;
  receiver.last = t;
  if (--receiver.to_receive == 0)
    completions.push_back({Completion::Kind::received, open.exchange, dst, t, receiver.last_src});
  if (--open.transfers_left == 0) open_.erase(at);
}

}  // namespace ringtail
