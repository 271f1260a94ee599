#include "network/progress.hpp"

#include <algorithm>

#include "program/members.hpp"

namespace ringtail {

void Progress::open(const Exchange& exchange) {
  if (exchange.transfers.empty()) return;
  Open& open = open_[exchange.id];
  open.exchange = &exchange;
  open.left = 2 * exchange.transfers.size();
  open.members.resize(exchange.ranks.size());
  for (std::size_t m = 0; m < open.members.size(); ++m) {
    open.members[m].to_send = static_cast<std::uint32_t>(exchange.row(m).size());
    open.members[m].to_receive = exchange.incoming[m];
  }
}

void Progress::finished(const Finished& finished, Seconds t, std::vector<Completion>& completions) {
  if (!last_ || last_id_ != finished.exchange) {
    last_ = &open_.find(finished.exchange)->second;
    last_id_ = finished.exchange;
  }
  Open& open = *last_;
  Member& member = open.members[member_of(*open.exchange, finished.rank)];
  if (finished.kind == Finished::Kind::sent) {
    member.to_send -= finished.flows;
    if (member.to_send == 0) completions.push_back({Completion::Kind::sent, open.exchange, finished.rank, t, -1});
  } else {
    member.to_receive -= finished.flows;
    member.last_src = member.last == t ? std::min(member.last_src, finished.last_src) : finished.last_src;
    member.last = t;
    if (member.to_receive == 0)
      completions.push_back({Completion::Kind::received, open.exchange, finished.rank, t, member.last_src});
  }
  open.left -= finished.flows;
  if (open.left > 0) return;
  last_ = nullptr;
  open_.erase(finished.exchange);
}

}  // namespace ringtail
