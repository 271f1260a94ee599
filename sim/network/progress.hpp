#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/units.hpp"
#include "network/flow.hpp"
#include "program/exchange.hpp"

namespace ringtail {

/// A rank has sent all that it sends in an exchange, or received all that it receives.
struct Completion {
  enum class Kind { sent, received };
  Kind kind = Kind::sent;
  const Exchange* exchange = nullptr;
  int rank = 0;
  Seconds t = 0;
  int last_src = -1;  ///< received only: who sent what arrived last; of several at the same time the lowest rank.
};

/// Counts the transfers of open exchanges down to their completions. An exchange is forgotten with its last transfer.
class Progress {
 public:
  /// Makes an exchange known; it must live until its last transfer has finished.
  void open(const Exchange& exchange);

  /// The transfer from `src` to `dst` has finished at time `t`, no earlier than those told before. Appends the
  /// completions that this brings.
  void finished(std::uint64_t exchange, int src, int dst, Seconds t, std::vector<Completion>& completions) {
    finished({Finished::Kind::sent, exchange, src, 1, -1}, t, completions);
    finished({Finished::Kind::received, exchange, dst, 1, src}, t, completions);
  }

  /// The same for all that a solver tells of one rank. A transfer is told of twice: as sent and as received.
  void finished(const Finished& finished, Seconds t, std::vector<Completion>& completions);

  /// Number of exchanges with transfers left.
  [[nodiscard]] std::size_t open_exchanges() const { return open_.size(); }

 private:
  struct Member {
    std::uint32_t to_send = 0;
    std::uint32_t to_receive = 0;
    int last_src = -1;
    Seconds last = -1;
  };
  struct Open {
    const Exchange* exchange = nullptr;
    std::size_t left = 0;  ///< Transfers that have not been told of, both as sent and as received.
    std::vector<Member> members;
  };

  std::unordered_map<std::uint64_t, Open> open_;
  std::uint64_t last_id_ = 0;  ///< Of the exchange last told of: most often the next one too.
  Open* last_ = nullptr;
};

}  // namespace ringtail
