#include "network/progress.hpp"

#include <algorithm>

namespace ringtail {

void Progress::open(const Exchange& exchange) {
  if (exchange.transfers.empty()) return;
  Open& open = open_[exchange.id];
  open.exchange = &exchange;
  open.left = 2 * exchange.transfers.size();
  open.ranks.resize(ranks_);
  for (std::size_t member = 0; member < exchange.ranks.size(); ++member) {
    Rank& rank = open.ranks[static_cast<std::size_t>(exchange.ranks[member])];
    rank.to_send = static_cast<std::uint32_t>(exchange.row(member).size());
    rank.to_receive = exchange.incoming[member];
  }
}

void Progress::finished(const Finished& finished, Seconds t, std::vector<Completion>& completions) {
  const auto at = open_.find(finished.exchange);
  Open& open = at->second;
  Rank& rank = open.ranks[static_cast<std::size_t>(finished.rank)];
  if (finished.kind == Finished::Kind::sent) {
    rank.to_send -= finished.flows;
    if (rank.to_send == 0) completions.push_back({Completion::Kind::sent, open.exchange, finished.rank, t, -1});
  } else {
    rank.to_receive -= finished.flows;
    rank.last_src = rank.last == t ? std::min(rank.last_src, finished.last_src) : finished.last_src;
    rank.last = t;
    if (rank.to_receive == 0)
      completions.push_back({Completion::Kind::received, open.exchange, finished.rank, t, rank.last_src});
  }
  open.left -= finished.flows;
  if (open.left == 0) open_.erase(at);
}

}  // namespace ringtail
