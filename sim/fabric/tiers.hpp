#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "fabric/links.hpp"
#include "fabric/switch_network.hpp"

namespace ringtail {

/// The links in both directions between each lower switch and the upper switches that it is connected to.
class Tier {
 public:
  struct Pair {
    LinkId up = 0;
    LinkId down = 0;
  };

  explicit Tier(int ways) : ways_(static_cast<std::size_t>(ways)) {}

  /// Connects the next lower switch, as which it must have `ways` calls in a row.
  void connect(Links& links, const std::string& lower, const std::string& upper, BytesPerSecond bandwidth) {
    const std::string name = lower + "." + upper;
    const LinkId up = links.add(name + ".up", bandwidth);
    pairs_.push_back({up, links.add(name + ".down", bandwidth)});
  }

  [[nodiscard]] std::size_t ways() const { return ways_; }
  [[nodiscard]] const Pair& at(std::size_t lower, std::size_t way) const { return pairs_[lower * ways_ + way]; }

 private:
  std::size_t ways_;
  std::vector<Pair> pairs_;
};

/// How many switches a switch has above it and how fast each link to them is, so that the bandwidth below is
/// `oversubscription` times that above.
struct Uplinks {
  int ways = 1;
  BytesPerSecond bandwidth = 0;
};

inline Uplinks uplinks(int below, BytesPerSecond bandwidth, double oversubscription, std::optional<int> ways = {}) {
  // 1e-9: 12 / 1.2 is 10, whatever its last bit.
  const int n = ways.value_or(static_cast<int>(std::ceil(below / oversubscription - 1e-9)));
  return {n, below * bandwidth / (oversubscription * n)};
}

inline int groups_of(int size, int all) { return (all + size - 1) / size; }

}  // namespace ringtail
