#include "collectives/estimate.hpp"

#include <algorithm>
#include <span>

namespace ringtail {
namespace {

/// What one round sends over each link.
class LinkLoads {
 public:
  LinkLoads(const Wiring& wiring, Copier copier)
      : wiring_(wiring), copier_(copier), bytes_(wiring.links().size()), latency_(wiring.links().size(), not_used) {}

  /// Adds the round as carried out between `ranks`. Only links of the group that `is_own` count in `longest`.
  void add(const Round& round, const std::vector<int>& ranks, bool is_own) {
    for (std::size_t i = 0; i < round.size(); ++i) {
      for (const Transfer& transfer : round[i]) {
        route_.clear();
        const Seconds latency = wiring_.route(ranks[i], ranks[static_cast<std::size_t>(transfer.dst)], route_, copier_);
        for (const LinkId link : route_) {
          bytes_[link] += transfer.bytes;
          if (is_own) latency_[link] = std::max(latency_[link], latency);
        }
      }
    }
  }

  [[nodiscard]] Seconds longest() const {
    Seconds longest = 0;
    for (std::size_t link = 0; link < bytes_.size(); ++link)
      if (latency_[link] != not_used)
        longest = std::max(longest, latency_[link] + bytes_[link] / wiring_.links()[link].bandwidth);
    return longest;
  }

 private:
  static constexpr Seconds not_used = -1;

  const Wiring& wiring_;
  Copier copier_;
  std::vector<Bytes> bytes_;
  std::vector<Seconds> latency_;  ///< The largest of the group's transfers over the link.
  std::vector<LinkId> route_;
};

}  // namespace

Seconds estimate(const std::vector<Round>& rounds, const Group& group) {
  const std::vector<std::vector<int>> alone = {group.ranks};
  // Inside an island no link is shared with another group.
  const std::span<const std::vector<int>> groups = group.on_one_island() ? alone : group.alike;
  Seconds sum = 0;
  for (const Round& round : rounds) {
    LinkLoads loads(group.wiring, group.copier);
    for (const std::vector<int>& ranks : groups) loads.add(round, ranks, ranks == group.ranks);
    sum += loads.longest();
  }
  return sum;
}

}  // namespace ringtail
