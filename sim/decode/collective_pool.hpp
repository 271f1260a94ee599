#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "collectives/choice.hpp"
#include "decode/stages.hpp"

namespace ringtail {

/// Rounds of a collective between certain ranks, ready to be instantiated in any step and layer.
struct CollectivePlan {
  std::vector<int> ranks;
  std::vector<Exchange> rounds;  ///< Without ids. None if there is nothing to send.
  std::vector<Bytes> outgoing;   ///< Sum over rounds of what each member sends,
  std::vector<Bytes> incoming;   ///< and receives.
  std::vector<Bytes> result;     ///< What of it each member keeps. Only of dense collectives.
  std::string_view algorithm;    ///< Its name in YAML. Only of dense collectives.
  Copier copier = Copier::none;
};

CollectivePlan make_plan(const std::vector<int>& ranks, const std::vector<Round>& rounds, Copier copier);
CollectivePlan make_plan(const std::vector<int>& ranks, const Chosen& chosen);

/// Bytes from the lower of two ranks to the higher one.
struct PointToPoint {
  Bytes bytes = 0;
  bool is_acknowledged = false;  ///< The sender waits until they have been taken.
};
CollectivePlan make_plan(const std::vector<int>& ranks, const PointToPoint& sent);

/// One round without algorithm, which takes so long once all ranks have begun it. None for a single rank.
CollectivePlan timed_plan(const std::vector<int>& ranks, Seconds seconds);

/// The collectives under way: the first rank that comes to one makes it, the others get the same, the last one's visit
/// removes it. A collective is known by its step, layer, micro-batch, chunk, family and lowest rank.
class CollectivePool {
 public:
  struct Key {
    int step, layer, micro_batch, chunk;
    Family family;
    int lowest_rank;
    auto operator<=>(const Key&) const = default;
  };
  using Rounds = std::vector<std::shared_ptr<const Exchange>>;

  /// For one of the plan's ranks, which asks once. `make_plan_once` is called by the first rank only.
  template <class MakePlan>
  Rounds join(const Key& key, const MakePlan& make_plan_once) {
    auto at = collectives_.find(key);
    if (at == collectives_.end())
      at = collectives_.emplace(key, instantiate(make_plan_once(), key.family, key.layer)).first;
    Rounds rounds = at->second.rounds;
    if (--at->second.visits_left == 0) collectives_.erase(at);
    return rounds;
  }

 private:
  struct Collective {
    Rounds rounds;
    std::size_t visits_left = 0;
  };

  Collective instantiate(CollectivePlan plan, Family family, int layer);

  std::map<Key, Collective> collectives_;
  std::uint64_t next_id_ = 0;
};

}  // namespace ringtail
