#include "collectives/round.hpp"

namespace ringtail {

Exchange make_exchange(const Round& round, const std::vector<int>& ranks) {
  Exchange exchange;
  exchange.ranks = ranks;
  exchange.incoming.assign(ranks.size(), 0);
  exchange.first.reserve(ranks.size() + 1);
  exchange.first.push_back(0);
  std::size_t transfers = 0;
  for (const auto& row : round) transfers += row.size();
  exchange.transfers.reserve(transfers);
  for (const auto& row : round) {
    for (const Transfer& transfer : row) {
      const auto member = static_cast<std::size_t>(transfer.dst);
      exchange.transfers.push_back({ranks[member], transfer.bytes});
      ++exchange.incoming[member];
    }
    exchange.first.push_back(static_cast<std::uint32_t>(exchange.transfers.size()));
  }
  return exchange;
}

}  // namespace ringtail
