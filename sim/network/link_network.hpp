#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/units.hpp"
#include "network/components.hpp"
#include "network/flow.hpp"

namespace ringtail {

/// Flows over routes of any length over time: all share their links max-min fairly at every instant. Exact, like
/// Crossbar, which is faster where each route is an egress and an ingress port.
///
/// Flows on one route run at one rate: they are a bundle. A bundle has a clock, the bytes that each of its flows has
/// moved since it came to life; a flow ends at its mark on that clock, so an event touches bundles only. An event at
/// which the rates below some level cannot change fills only what is above it, and only links that the event can reach
/// (docs/decisions/0006-routes.md).
class LinkNetwork {
 public:
  /// Routes are numbered below `routes` and have at most `longest` links.
  LinkNetwork(std::vector<BytesPerSecond> capacity, std::size_t routes, std::size_t longest);

  /// Starts a flow of `bytes` > 0 on route number `path.route` over `links` (at least one, each once) at time `t`; a
  /// time before the last start or finish counts as that.
  void start(const Flow& flow, const Path& path, std::span<const std::uint32_t> links, Bytes bytes, Seconds t);

  /// Time of the next finish, if nothing starts before; infinity if no flow is under way.
  [[nodiscard]] Seconds next_finish();

  /// Ends the flows that finish at `next_finish()`, which must be finite, and appends them to `finished`.
  void finish(std::vector<Flow>& finished);

  [[nodiscard]] std::size_t flows() const { return flow_count_; }

  /// Gives up all flows at time `t`: tells `take(flow, path, bytes left)` of each.
  template <class Take>
  void hand_over(Seconds t, const Take& take);

 private:
  using Id = std::uint32_t;

  static constexpr BytesPerSecond infinity = std::numeric_limits<double>::infinity();
  static constexpr Id none = std::numeric_limits<Id>::max();
  static constexpr std::size_t block = 64;

  /// A flow that ends when its bundle's clock is at `mark`.
  struct End {
    Bytes mark = 0;
    std::uint64_t order = 0;  ///< Of starting, for equal marks.
    Flow flow;
    bool operator>(const End& other) const { return mark != other.mark ? mark > other.mark : order > other.order; }
  };
  struct Bundle {
    Path path;
    std::size_t length = 0;  ///< Number of its links; 0 if the bundle is not in use.
    Bytes clock = 0;         ///< At time `since`.
    Seconds since = 0;
    std::vector<End> flows;  ///< A heap, the next to end first.
  };
  /// What filling reads of a bundle, side by side.
  struct Share {
    BytesPerSecond rate = infinity;  ///< Of each flow; infinity until it is known.
    double flows = 0;
    BytesPerSecond new_rate = infinity;  ///< Within a filling; infinity as long as the bundle grows.
    std::uint32_t seen = 0;              ///< Number of the filling that last reached it.
  };
  /// What progressive filling knows of a link.
  struct Filling {
    BytesPerSecond rest = 0;  ///< Capacity that frozen bundles leave.
    double growing = 0;       ///< Flows that are not frozen yet.
  };
  struct Candidate {
    BytesPerSecond level = 0;
    Id link = 0;
    bool operator>(const Candidate& other) const {
      return level != other.level ? level > other.level : link > other.link;
    }
  };

  [[nodiscard]] std::span<const Id> links(Id bundle) const {
    return {route_links_.data() + bundle * longest_, bundles_[bundle].length};
  }
  Id bundle_of(const Path& path, std::span<const std::uint32_t> links);
  Id new_bundle();
  void enter(Id bundle, std::span<const std::uint32_t> links);
  void leave(Id bundle);
  void touch(Id bundle);
  void begin_at(Seconds t);
  void go_to(Seconds t);
  void share();
  [[nodiscard]] BytesPerSecond unchanged_below() const;
  [[nodiscard]] BytesPerSecond lowest_level(Id link) const;
  void gather(BytesPerSecond limit);
  void reach(Id link);
  void fill();
  void freeze(Id link, BytesPerSecond level);
  void set_rate(Id bundle, BytesPerSecond rate);
  void set_due(Id bundle);
  void end_due(Id bundle, Seconds latest, std::vector<Flow>& finished);
  void find_next_finish();
  [[nodiscard]] Bytes clock(Id bundle, Seconds t) const {
    return bundles_[bundle].clock +
           (shares_[bundle].rate < infinity ? shares_[bundle].rate * (t - bundles_[bundle].since) : 0.0);
  }

  std::vector<BytesPerSecond> capacity_;  ///< By link.
  std::vector<std::vector<Id>> on_link_;  ///< By link: the bundles that use it.
  std::size_t longest_;
  std::vector<Id> bundle_of_route_;
  std::vector<Bundle> bundles_;
  std::vector<Id> free_;  ///< Bundles not in use.
  // By bundle, apart from the rest because filling runs through them.
  std::vector<Id> route_links_;  ///< `longest_` places for each bundle.
  std::vector<Id> place_;        ///< Of the bundle in `on_link_` of each of its links; likewise.
  std::vector<Share> shares_;
  std::vector<Seconds> due_;            ///< When its next flow ends; infinity if it is not in use.
  std::vector<Seconds> first_due_;      ///< By block of bundles: the least of `due_`.
  std::vector<std::uint8_t> is_stale_;  ///< By block: `first_due_` must be found again.
  // The next filling.
  std::vector<Id> changed_;                ///< Links whose flows have changed since the last one.
  std::vector<Id> grown_;                  ///< Links that have got flows.
  BytesPerSecond least_ended_ = infinity;  ///< Of the rates of flows that have ended since.
  // Within a filling.
  std::uint32_t filling_number_ = 0;
  std::vector<std::uint32_t> link_seen_;
  std::vector<Filling> filling_;
  std::vector<Id> reached_;       ///< Links.
  std::size_t used_reached_ = 0;  ///< Of these, links with bundles.
  std::vector<Id> growing_;       ///< Bundles.
  std::vector<Candidate> candidates_;

  std::size_t used_links_ = 0;  ///< With at least one bundle.
  std::size_t flow_count_ = 0;
  std::uint64_t order_ = 0;
  Seconds origin_ = 0;  ///< When the first flow started after there had been none.
  Seconds now_ = 0;     ///< This and all other times: since `origin_`.
  Seconds next_finish_ = infinity;
};

template <class Take>
void LinkNetwork::hand_over(Seconds t, const Take& take) {
  go_to(t - origin_);
  for (Id id = 0; id < bundles_.size(); ++id) {
    Bundle& bundle = bundles_[id];
    if (bundle.length == 0) continue;
    touch(id);
    for (const End& end : bundle.flows) take(end.flow, bundle.path, end.mark - clock(id, now_));
    flow_count_ -= bundle.flows.size();
    bundle.flows.clear();
    leave(id);
  }
}

}  // namespace ringtail
