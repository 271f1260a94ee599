#include "engine/taken_sms.hpp"

namespace ringtail {

TakenSms::Collective& TakenSms::at(int rank, const Exchange& exchange) {
  return collectives_.try_emplace({exchange.collective, rank}, Collective{2 * exchange.rounds, false}).first->second;
}

void TakenSms::posted(int rank, const Exchange& exchange) {
  if (!takes(exchange)) return;
  Collective& collective = at(rank, exchange);
  if (collective.is_begun) return;
  collective.is_begun = true;
  ++holders_[static_cast<std::size_t>(rank)][static_cast<std::size_t>(exchange.copier)];
}

void TakenSms::ended(int rank, const Exchange& exchange) {
  if (!takes(exchange) || --at(rank, exchange).ends_left > 0) return;
  collectives_.erase({exchange.collective, rank});
  --holders_[static_cast<std::size_t>(rank)][static_cast<std::size_t>(exchange.copier)];
}

double TakenSms::compute_share(int rank) const {
  double share = 1;
  for (std::size_t copier = 0; copier < copier_count; ++copier)
    if (holders_[static_cast<std::size_t>(rank)][copier] > 0) share -= shares_[copier];
  return share;
}

}  // namespace ringtail
