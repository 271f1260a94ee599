#pragma once

#include <cstdint>
#include <queue>
#include <simgrid/kernel/resource/Model.hpp>
#include <unordered_map>
#include <vector>

#include "engine/transport.hpp"

namespace ringtail {

/// Stands before a transport and keeps from it the exchanges whose time is given (Exchange::seconds): their members
/// have sent and received everything so long after the last of them has posted. A SimGrid model for its events.
class TimedExchanges final : public Transport, public simgrid::kernel::resource::Model {
 public:
  /// Both must outlive this. All other exchanges are passed on to `carrier`, which tells the listener itself.
  TimedExchanges(Transport& carrier, Transport::Listener& listener);

  void open(const Exchange& exchange) override;
  void post(const Exchange& exchange, int member, Seconds t) override;

  /// No further events: the simulation ends.
  void stop() { stopped_ = true; }

  double next_occurring_event(double now) override;
  void update_actions_state(double now, double delta) override;

 private:
  /// An exchange that not all members have posted.
  struct Waiting {
    std::size_t posts_left = 0;
    Seconds last = -1;
    int last_src = -1;  ///< Who posted at `last`; of several the lowest rank.
  };
  struct End {
    Seconds time;
    const Exchange* exchange;
    int last_src;
    bool operator>(const End& other) const {
      return time != other.time ? time > other.time : exchange->id > other.exchange->id;
    }
  };

  void tell(const End& end);

  Transport& carrier_;
  Transport::Listener& listener_;
  std::unordered_map<std::uint64_t, Waiting> waiting_;  ///< By exchange id.
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  bool stopped_ = false;
};

}  // namespace ringtail
