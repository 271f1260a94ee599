#pragma once

#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "network/bit_matrix.hpp"
#include "network/components.hpp"
#include "network/flow.hpp"
#include "network/max_min.hpp"

namespace ringtail {

/// Flows through a non-blocking switch over time: each takes one egress and one ingress port, and all share the ports
/// max-min fairly at every instant. Exact: rates change when flows start and finish, and nothing is rounded to steps.
///
/// The work of an event does not grow with the number of flows. Each port has a clock, the bytes that a flow limited by
/// it since the beginning would have moved; a flow stores at which mark of its limiting port's clock it finishes, and
/// is touched again only when another port comes to limit it (docs/decisions/0001-flow-solver.md).
class Crossbar {
 public:
  Crossbar(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress);

  /// Starts a flow of `bytes` > 0 at time `t`; a time before the last start or finish counts as that.
  void start(const Flow& flow, const Path& path, Bytes bytes, Seconds t);

  /// Time of the next finish, if nothing starts before; infinity if no flow is under way.
  [[nodiscard]] Seconds next_finish();

  /// Ends the flows that finish at `next_finish()`, which must be finite, and appends them to `finished`.
  void finish(std::vector<Flow>& finished);

  [[nodiscard]] std::size_t flows() const { return flows_; }

  /// Gives up all flows at time `t`: tells `take(flow, path, bytes left)` of each.
  template <class Take>
  void hand_over(Seconds t, const Take& take);

 private:
  static constexpr std::uint32_t none = 0xffffffff;

  /// Flows between the same two ports run at the same rate, so they finish in a fixed order: the first one has its mark
  /// in `marks_`, each other one knows by how many bytes it comes after the one before.
  struct Queued {
    Flow flow;
    Bytes after = 0;
    std::uint32_t next = 0;
  };

  [[nodiscard]] Bytes clock(std::size_t port, Seconds t) const {
    return clock_[port] + rate_[port] * (t - since_[port]);
  }
  [[nodiscard]] Bytes& mark(std::size_t port, std::size_t peer) { return marks_[port * shares_.side() + peer]; }
  [[nodiscard]] std::uint32_t& head(std::size_t egress, std::size_t ingress) {
    return head_[egress * shares_.side() + ingress];
  }
  std::uint32_t new_entry(const Flow& flow);
  void enqueue(std::size_t egress, std::size_t ingress, std::uint32_t entry, Bytes bytes);
  void finish_first(std::size_t port, std::size_t peer, std::vector<Flow>& finished);
  void insert_mark(std::size_t port, std::size_t peer, Bytes mark);
  void erase_mark(std::size_t port, std::size_t peer);
  void pass(std::size_t from, std::size_t to);
  void begin_at(Seconds t);
  void go_to(Seconds t);
  void share();
  void set_rate(std::size_t port);
  void set_limits(std::size_t port);
  void set_due(std::size_t port);

  MaxMin shares_;
  std::vector<BytesPerSecond> rate_;  ///< By port: the level in force, 0 for a port that limits nothing.
  std::vector<Bytes> clock_;          ///< By port: its clock at time `since_`.
  std::vector<Seconds> since_;
  std::vector<Bytes> marks_;         ///< By (limiting port, peer): mark of the first finish; infinity if there is none.
  std::vector<Bytes> first_;         ///< By port: the least of its marks; -infinity if it must be looked for.
  std::vector<Seconds> due_;         ///< By port: when its clock reaches `first_`.
  BitMatrix limited_;                ///< By port: peers that limit its flows.
  std::vector<std::uint32_t> head_;  ///< By (egress, ingress): first of the pair's flows in `queue_`.
  std::vector<Queued> queue_;
  std::vector<Flow> taken_;
  std::uint32_t free_;  ///< First unused entry of `queue_`.
  std::size_t flows_ = 0;
  Seconds origin_ = 0;  ///< When the first flow started after the crossbar had been idle.
  Seconds now_ = 0;     ///< This and all other times: since `origin_`.
  Seconds next_finish_;
  bool is_shared_ = true;  ///< No flow has started or finished since the last `share`.
};

template <class Take>
void Crossbar::hand_over(Seconds t, const Take& take) {
  go_to(t - origin_);
  for (std::size_t egress = 0; egress < shares_.side(); ++egress) {
    for (std::size_t ingress = 0; ingress < shares_.side(); ++ingress) {
      while (head(egress, ingress) != none) {
        const bool by_ingress = limited_.test(egress, ingress);
        const std::size_t port = by_ingress ? shares_.side() + ingress : egress;
        const std::size_t peer = by_ingress ? egress : ingress;
        taken_.clear();
        const Bytes left = mark(port, peer) - clock(port, now_);
        finish_first(port, peer, taken_);
        take(taken_.front(), Path{0, 0, static_cast<std::uint16_t>(egress), static_cast<std::uint16_t>(ingress), 0},
             left);
      }
    }
  }
}

}  // namespace ringtail
