#include "engine/timed_exchanges.hpp"

#include <algorithm>

#include "engine/clock.hpp"

namespace ringtail {

TimedExchanges::TimedExchanges(Transport& carrier, Transport::Listener& listener)
    : Model("ringtail-timed-exchanges"), carrier_(carrier), listener_(listener) {}

void TimedExchanges::open(const Exchange& exchange) {
  if (exchange.seconds)
    waiting_[exchange.id] = {exchange.ranks.size()};
  else
    carrier_.open(exchange);
}

void TimedExchanges::post(const Exchange& exchange, int member, Seconds t) {
  if (!exchange.seconds) {
    carrier_.post(exchange, member, t);
    return;
  }
  const int src = exchange.ranks[static_cast<std::size_t>(member)];
  Waiting& waiting = waiting_.at(exchange.id);
  if (t > waiting.last || (t == waiting.last && src < waiting.last_src)) {
    waiting.last = t;
    waiting.last_src = src;
  }
  if (--waiting.posts_left > 0) return;
  ends_.push({waiting.last + *exchange.seconds, &exchange, waiting.last_src});
  waiting_.erase(exchange.id);
}

double TimedExchanges::next_occurring_event(double now) {
  if (stopped_ || ends_.empty()) return no_event;
  return std::max(0.0, ends_.top().time - now);
}

void TimedExchanges::update_actions_state(double now, double /*delta*/) {
  while (!stopped_ && !ends_.empty() && is_due(ends_.top().time, now)) {
    const End end = ends_.top();
    ends_.pop();
    tell(end);
  }
}

/// The exchange may be gone with what its last member does.
void TimedExchanges::tell(const End& end) {
  const std::vector<int> ranks = end.exchange->ranks;
  for (const int rank : ranks) listener_.sent(*end.exchange, rank, end.time);
  for (const int rank : ranks)
    if (!stopped_) listener_.received(*end.exchange, rank, end.time, end.last_src);
}

}  // namespace ringtail
