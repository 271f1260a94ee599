#pragma once

#include <string>
#include <vector>

#include "engine/carry.hpp"

namespace ringtail {

/// What transfers made of one link.
struct LinkUse {
  std::string name;
  Bytes bytes = 0;
  Seconds busy = 0;  ///< During which at least one transfer used it; latencies do not count.
  double load = 0;   ///< bytes / (bandwidth · makespan).
};

/// What transfers made of a platform.
struct TrafficSummary {
  int gpus = 0;
  std::size_t transfers = 0;
  Bytes bytes = 0;
  Seconds makespan = 0;        ///< From the first start to the last finish.
  std::vector<LinkUse> links;  ///< Those that were used, by falling load, then by name.
};

/// `finish` as `carry` returned it.
TrafficSummary summarise(const std::vector<TimedTransfer>& transfers, const std::vector<Seconds>& finish,
                         const Platform& platform, int gpus);

/// For people: the totals, then a line per link.
std::string to_text(const TrafficSummary& summary);

}  // namespace ringtail
