#pragma once

#include <cstdint>
#include <vector>

#include "accounting/breakdown.hpp"
#include "accounting/window.hpp"
#include "program/exchange.hpp"

namespace ringtail {

/// Where the time of one family of collectives went, in seconds summed over ranks.
struct OverlapSeconds {
  Seconds hidden = 0;    ///< A kernel was running.
  Seconds exposed = 0;   ///< The rank waited for data on their way.
  Seconds waiting = 0;   ///< The rank waited for another that was late.
  Seconds overhead = 0;  ///< A kernel was being launched.
  Seconds tail = 0;      ///< The last contiguous exposed piece of each collective.

  [[nodiscard]] Seconds total() const { return hidden + exposed + waiting + overhead; }
};

/// Books what each rank does while collectives are under way. On a rank, a collective is active from its first post to
/// its last receive, or last post if a relay makes it later; an instant with c active collectives counts 1/c for each.
class OverlapTable {
 public:
  OverlapTable(int ranks, int families, const Window& window);

  void post(int rank, const Exchange& exchange, Seconds t);
  void received(int rank, const Exchange& exchange, Seconds t);

  /// The rank was in `state` during [from, to]. Called in order; every post and receive up to `to` is known by then.
  void book(int rank, State state, Seconds from, Seconds to);

  [[nodiscard]] const std::vector<OverlapSeconds>& per_family() const { return families_; }

  /// Time with a collective under way, summed over ranks: what all families' parts must add up to.
  [[nodiscard]] Seconds under_way() const { return under_way_; }

 private:
  struct Change {
    Seconds time;
    bool is_post;  ///< Else a receive.
    std::uint64_t collective;
    int family;
    int rounds;
  };
  /// A collective that the rank has begun, by posting or by receiving, and not finished.
  struct Begun {
    std::uint64_t collective;
    int family;
    int posts_left;
    int receives_left;
    bool is_active;
    Seconds exposed_run;  ///< Length of the exposed piece that reaches up to now.
  };
  struct Rank {
    std::vector<Change> changes;  ///< Not yet booked past, in order of time.
    std::vector<Begun> begun;
  };

  void share(Rank& rank, State state, Seconds from, Seconds to);
  void apply(Rank& rank, const Change& change);

  const Window& window_;
  std::vector<Rank> ranks_;
  std::vector<OverlapSeconds> families_;
  Seconds under_way_ = 0;
};

}  // namespace ringtail
