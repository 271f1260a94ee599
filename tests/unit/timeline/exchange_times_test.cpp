#include "timeline/exchange_times.hpp"

#include <gtest/gtest.h>

#include "collectives/round.hpp"

namespace ringtail {
namespace {

/// Rank 0 sends 10 bytes to 1 and 20 to 2; rank 1 sends 5 to 2; rank 2 nothing.
Exchange uneven() {
  Exchange exchange = make_exchange({{{1, 10.0}, {2, 20.0}}, {{2, 5.0}}, {}}, {0, 1, 2});
  exchange.id = exchange.collective = 7;
  return exchange;
}

/// A transfer has ended when its row has left and when its receiver has everything, whichever is known first.
TEST(ExchangeTimes, BoundTransfersByTheEndsThatAreObserved) {
  const Exchange exchange = uneven();
  ExchangeTimes times;
  EXPECT_FALSE(times.post(0, exchange, 1));
  EXPECT_FALSE(times.post(1, exchange, 2));
  EXPECT_FALSE(times.post(2, exchange, 3));
  EXPECT_FALSE(times.received(0, exchange, 3));  // Is told of it though nothing is sent to it.
  EXPECT_FALSE(times.received(1, exchange, 4));
  EXPECT_FALSE(times.sent(1, exchange, 5));
  EXPECT_FALSE(times.sent(0, exchange, 6));
  ASSERT_TRUE(times.received(2, exchange, 6));
  const auto transfers = times.take(exchange);
  ASSERT_EQ(transfers.size(), 3U);
  EXPECT_EQ(transfers[0].dst, 1);
  EXPECT_EQ(transfers[0].posted, 1);
  EXPECT_EQ(transfers[0].ended, 4);  // Rank 1 has it, though the row leaves until 6.
  EXPECT_EQ(transfers[1].ended, 6);
  EXPECT_EQ(transfers[2].posted, 2);
  EXPECT_EQ(transfers[2].ended, 5);  // Rank 1's row has left, though rank 2 waits for more until 6.
  EXPECT_FALSE(times.knows(exchange));
}

TEST(ExchangeTimes, IgnoreWhatTheyDoNotKnow) {
  const Exchange exchange = uneven();
  ExchangeTimes times;
  EXPECT_FALSE(times.sent(0, exchange, 1));
  EXPECT_FALSE(times.received(1, exchange, 1));
  EXPECT_FALSE(times.knows(exchange));
}

}  // namespace
}  // namespace ringtail
