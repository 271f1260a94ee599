#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "program/exchange.hpp"

namespace ringtail {

/// A transfer between its post and an instant by which it has ended: the earlier of when all that its sender sent in
/// the exchange has left, and when all that its receiver is sent has come. Exact of a rank's last transfer.
struct TimedTransfer {
  int src = 0;
  int dst = 0;
  Bytes bytes = 0;
  Seconds posted = 0;
  Seconds ended = 0;
};

/// Keeps what is observed of exchanges under way until all of one is known.
class ExchangeTimes {
 public:
  /// What Observer tells. Each returns whether the exchange is over with it; its transfers can be taken then.
  [[nodiscard]] bool post(int rank, const Exchange& exchange, Seconds t);
  [[nodiscard]] bool sent(int rank, const Exchange& exchange, Seconds t);
  [[nodiscard]] bool received(int rank, const Exchange& exchange, Seconds t);

  /// Whether any post of the exchange has been told of, and it is not over.
  [[nodiscard]] bool knows(const Exchange& exchange) const { return open_.contains(exchange.id); }

  /// The transfers of an exchange that is over, row by row; it is forgotten.
  [[nodiscard]] std::vector<TimedTransfer> take(const Exchange& exchange);

 private:
  struct Member {
    Seconds posted = 0;
    Seconds sent = 0;
    Seconds received = 0;
  };
  struct Open {
    std::vector<Member> members;
    std::size_t left = 0;  ///< Posts, rows and members with something to receive that are not told of.
  };
  std::unordered_map<std::uint64_t, Open> open_;
};

}  // namespace ringtail
